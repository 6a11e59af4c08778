import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { WebhookProvider } from '@stevedore/contract'
import { z } from 'zod'
import { findProvider } from './providers.ts'
import type { Webhook } from './webhook.ts'

/** Room for what comes while the ledger is away: a forge's message has some kilobytes. */
export interface SpoolLimits {
  count: number
  bytes: number
}

/** Where webhooks wait for the ledger, in the order in which they came. */
export interface Spool {
  /** Whether what it keeps outlasts this process and the machine's power. */
  isDurable: boolean
  /** Keeps one; the same, sent again, is kept once. @returns whether there was room. Rejects where it cannot be written. */
  keep(webhook: Webhook): Promise<boolean>
  /** Their names, in order. */
  list(): Promise<string[]>
  /** @returns undefined where another process has taken it meanwhile. Throws UnreadableError. */
  read(name: string): Promise<Webhook | undefined>
  remove(name: string): Promise<void>
  /** Out of the way of the others, where an operator finds it. */
  setAside(name: string): Promise<void>
}

/** What a file holds is not what was kept. */
class UnreadableError extends Error {
  constructor(cause?: unknown) {
    super('it is not what was written', { cause })
    this.name = 'UnreadableError'
  }
}

const kept = z.strictObject({
  provider: z.string(),
  app: z.string(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  body: z.base64(),
  receivedAt: z.number(),
  correlationId: z.string(),
  traceparent: z.string().optional(),
})

/** When it came, its place among those of the same instant, its size, and the hash of what it says. */
const namePattern = /^\d{15}-\d{6}-(\d{1,12})-([0-9a-f]{64})\.json$/

/**
 * A folder of webhooks, one file each: written aside, flushed to the disk, then named. They hold what their senders signed and, of some
 * forges, a secret: only the owner reads them.
 */
export async function openSpool(folder: string, limits: SpoolLimits): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeDrafts(folder)
  const list = async () => (await readdir(folder)).filter((name) => namePattern.test(name)).sort()
  let sequence = 0
  // One after the other, so that all together keep within the limits.
  let turn: Promise<unknown> = Promise.resolve()

  async function keep(webhook: Webhook): Promise<boolean> {
    const text = write(webhook)
    const hash = hashOf(text)
    const names = await list()
    if (names.some((name) => namePattern.exec(name)?.[2] === hash)) return true
    const bytes = names.reduce((sum, name) => sum + Number(namePattern.exec(name)?.[1]), 0)
    if (names.length >= limits.count || bytes + text.length > limits.bytes) return false
    sequence = (sequence + 1) % 1_000_000
    const place = [String(webhook.receivedAt).padStart(15, '0'), String(sequence).padStart(6, '0'), text.length, hash]
    await writeDurably(folder, `${place.join('-')}.json`, text)
    return true
  }

  return {
    isDurable: true,
    keep(webhook) {
      const kept = turn.then(() => keep(webhook))
      turn = kept.catch(() => {})
      return kept
    },
    list,
    async read(name) {
      const text = await readFile(join(folder, name), 'utf8').catch(ignoreAbsent)
      return text === undefined ? undefined : read(name, text)
    },
    remove: (name) => rm(join(folder, name), { force: true }),
    setAside: (name) => rename(join(folder, name), join(folder, `${name}.aside`)).catch(ignoreAbsent),
  }
}

const draftMs = 60_000

/** What was not named was promised to nobody. A young one may be another process's. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.draft')) continue
    const found = await stat(join(folder, name)).catch(ignoreAbsent)
    if (found && Date.now() - found.mtimeMs > draftMs) await rm(join(folder, name), { force: true })
  }
}

async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `${name}.draft`)
  try {
    const file = await open(draft, 'w', 0o600)
    await file
      .writeFile(text)
      .then(() => file.sync())
      .finally(() => file.close())
    await rename(draft, join(folder, name))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  const directory = await open(folder, 'r')
  await directory.sync().finally(() => directory.close())
}

function write({ provider, app, headers, body, receivedAt, correlationId, traceparent }: Webhook): string {
  const told = Object.entries(headers).filter(([name, value]) => value !== undefined && isTold(name))
  return JSON.stringify({
    ...{ provider: provider.name, app, headers: Object.fromEntries(told), body: body.toString('base64') },
    ...{ receivedAt, correlationId, traceparent },
  })
}

/** What forges sign and name their events by; nothing of proxies, cookies or credentials. */
function isTold(name: string): boolean {
  return /^(x-(?!forwarded|real-)|webhook-|content-type$|idempotency-key$)/.test(name)
}

/** Of what was said, whenever and under whichever number it came. */
function hashOf(text: string): string {
  const { receivedAt, correlationId, traceparent, ...said } = JSON.parse(text)
  return createHash('sha256').update(JSON.stringify(said)).digest('hex')
}

function read(name: string, text: string): Webhook {
  try {
    const { provider, body, ...rest } = kept.parse(JSON.parse(text))
    if (namePattern.exec(name)?.[2] !== hashOf(text)) throw new UnreadableError()
    const known = findProvider(provider as WebhookProvider)
    return { ...rest, provider: known, body: Buffer.from(body, 'base64'), reconciled: true }
  } catch (error) {
    throw new UnreadableError(error)
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Where nothing may be kept on disk: until the process ends. */
export function createMemorySpool(limits: SpoolLimits): Spool {
  const webhooks = new Map<string, Webhook>()
  let sequence = 0
  return {
    isDurable: false,
    async keep(webhook) {
      const bytes = [...webhooks.values()].reduce((sum, { body }) => sum + body.length, webhook.body.length)
      if (webhooks.size >= limits.count || bytes > limits.bytes) return false
      sequence += 1
      webhooks.set(String(sequence), { ...webhook, reconciled: true })
      return true
    },
    list: async () => [...webhooks.keys()],
    read: async (name) => webhooks.get(name),
    remove: async (name) => void webhooks.delete(name),
    setAside: async (name) => void webhooks.delete(name),
  }
}
