import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { FailureError } from '@stevedore/contract'
import { z } from 'zod'
import { fetchFile } from '../address/fetch-file.ts'
import { readToken } from './credential.ts'
import type { LfsPointer } from './lfs.ts'
import type { LfsServer } from './lfs-sign-in.ts'
import { isSameServer } from './submodules.ts'

export interface LfsSource {
  /** The repository's own address. */
  url: string
  /** `lfs.url` of its `.lfsconfig`. */
  configuredUrl: string | undefined
  /** What the ssh server of the repository said, in place of the address beside it. */
  signedIn?: LfsServer | undefined
  credential: string | undefined
  caFile?: string | undefined
  allowedHosts: readonly string[]
  signal: AbortSignal
  /** A file of this session's own, for what a server answers. */
  answerFile: string
}

/** What servers take in one question. */
const batchSize = 100
const maxAnswerBytes = 16 * 2 ** 20

/**
 * Puts the content of each pointer in its place. The server that holds it says where to fetch it from: that address is judged like any
 * other, and what comes from it must have the pointer's SHA-256.
 * @throws FailureError `address-not-allowed`, `source-denied`, `source-unreachable`
 */
export async function fetchLfs(source: LfsSource, pointers: readonly LfsPointer[]): Promise<void> {
  if (source.url.startsWith('file:') && !source.configuredUrl) return copyAll(fileURLToPath(source.url), pointers)
  for (let at = 0; at < pointers.length; at += batchSize) await fetchBatch(source, pointers.slice(at, at + batchSize))
}

async function fetchBatch(source: LfsSource, pointers: readonly LfsPointer[]): Promise<void> {
  const offers = await askServer(source, pointers)
  for (const { file, path, oid, size } of pointers) {
    const offer = offers.get(oid)
    if (!offer) throw new FailureError('source-denied', { diagnosis: `the LFS server has no content for ${path}` })
    const { href: url, header: headers } = offer
    await fetchFile({ ...rulesOf(source), url, headers, path: file, checksum: `sha256:${oid}`, maxBytes: size })
  }
}

const action = z.object({ href: z.string(), header: z.record(z.string(), z.string()).default({}) })
const answer = z.object({
  objects: z.array(z.object({ oid: z.string(), actions: z.object({ download: action.optional() }).optional() })),
})

/** Where each content is, by its id. */
async function askServer(
  source: LfsSource,
  pointers: readonly LfsPointer[],
): Promise<Map<string, z.output<typeof action>>> {
  const objects = pointers.map(({ oid, size }) => ({ oid, size }))
  const url = `${source.signedIn?.href.replace(/\/{0,64}$/, '') ?? locateServer(source)}/objects/batch`
  const type = 'application/vnd.git-lfs+json'
  const headers = { ...signInAt(source, url), accept: type, 'content-type': type }
  const body = JSON.stringify({ operation: 'download', transfers: ['basic'], objects })
  const path = source.answerFile
  await fetchFile({ ...rulesOf(source), url, headers, body, path, checksum: undefined, maxBytes: maxAnswerBytes })
  const parsed = answer.safeParse(parseJson(await readFile(path, 'utf8')))
  if (!parsed.success) throw new FailureError('source-denied', { diagnosis: `${url} does not answer as an LFS server` })
  return new Map(
    parsed.data.objects.flatMap(({ oid, actions }) => (actions?.download ? [[oid, actions.download] as const] : [])),
  )
}

function rulesOf({ allowedHosts, caFile, signal }: LfsSource) {
  return { allowedHosts, caFile, signal, refusedCode: 'source-denied' } as const
}

/** Beside the repository, unless it names another; for one of ssh that gives no sign-in, as what anyone may read. */
export function locateServer({ url, configuredUrl }: Pick<LfsSource, 'url' | 'configuredUrl'>): string {
  if (configuredUrl) return configuredUrl.replace(/\/{0,64}$/, '')
  const [, host, path] = /^(?:ssh:\/\/)?[^@/]+@([^:/]+)(?::\d+)?[:/]\/?(.*)$/.exec(url) ?? []
  const bare = (host ? `https://${host}/${path}` : url).replace(/\/{0,64}$/, '').replace(/\.git$/, '')
  return `${bare}.git/info/lfs`
}

/** The credential is for the repository's own server, and a key of ssh for no other. */
function signInAt({ url, credential, signedIn }: LfsSource, server: string): Record<string, string> {
  if (signedIn) return signedIn.header
  if (credential === undefined || !url.startsWith('https:') || !isSameServer(url, server)) return {}
  const { username, password } = readToken(credential)
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A repository of this machine keeps the contents in its own folder. */
async function copyAll(repository: string, pointers: readonly LfsPointer[]): Promise<void> {
  for (const { file, path, oid, size } of pointers) {
    const stored = join('lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid)
    const found = await findFile([join(repository, '.git', stored), join(repository, stored)])
    if (found?.size !== size)
      throw new FailureError('source-denied', { diagnosis: `the repository does not hold the LFS content of ${path}` })
    // Not as a copy of the file, which would bring its mode along.
    await pipeline(createReadStream(found.path), createWriteStream(file))
  }
}

async function findFile(paths: readonly string[]): Promise<{ path: string; size: number } | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) return { path, size: found.size }
  }
  return undefined
}
