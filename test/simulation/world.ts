import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { ImageEngine } from '@stevedore/engine'
import { createFakeImageEngine } from '@stevedore/engine/fake'
import type { Ledger } from '@stevedore/ledger'
import type { Engines } from '@stevedore/worker'
import type { Act } from '../chaos/act.ts'
import { createScriptedDeployEngine } from '../chaos/deploy-engine.ts'
import type { Deed } from '../chaos/script.ts'
import { type Commands, createCommands } from './commands.ts'
import type { Mutation } from './mutation.ts'
import type { Process, Schedule } from './schedule.ts'
import { runOutside } from './virtual-time.ts'

/** What the engines were made to do, which outlives every process and every ledger. */
export interface World {
  deeds: Deed[]
  /** Effects that were not their attempt's to have, in words. */
  wrongs: string[]
  /** Apps of which something runs that an older copy of the ledger, which has taken its place, knows nothing of. */
  unknown: Set<string>
  isRestored: boolean
  commands: Commands
  /** Up to which one lasts. */
  longestMs: number
}

/** @param deeds of before */
export const openWorld = (deeds: readonly Deed[] = [], longestMs = 25_000): World => ({
  deeds: [...deeds],
  wrongs: [],
  unknown: new Set(),
  isRestored: false,
  commands: new Map(),
  longestMs,
})

interface EnginesOptions {
  world: World
  process: Process
  schedule: Schedule
  /** Asks what is true, beside the turns of the others. */
  own: Ledger
  mutation: Mutation
  pid: number
}

/** Engines without a vendor. Each effect takes its time, asks its fence, and is had at once: what it meets is looked up in the ledger itself. */
export function openEngines(options: EnginesOptions): Engines {
  const { world, mutation } = options
  const act = createAct(options)
  const commands = createCommands({ ...options, ...world, act })
  const scripted = { ...createScriptedDeployEngine(openScriptOf(world.deeds), act), ...commands }
  const trusted = trustLedger(options)
  const observe: typeof trusted = (...asked) => (world.isRestored ? trusted(...asked) : scripted.observe(...asked))
  const trusting = mutation.trustsLedger ? { ...scripted, observe } : scripted
  const deploy = mutation.changeEngine?.(trusting) ?? trusting
  return { images: createImageEngine(act), deploy: { docker: deploy, kubernetes: deploy } }
}

/** What was done is all that there is to it. */
export function openScriptOf(deeds: readonly Deed[]) {
  return {
    pass: async () => {},
    areEnginesAway: () => false,
    follow(take: (deed: Deed) => void) {
      let seen = 0
      return () => {
        for (; seen < deeds.length; seen++) take(deeds[seen]!)
      }
    },
  }
}

/** Of whoever does not look: what runs is what the ledger says. */
function trustLedger(options: EnginesOptions): Engines['deploy']['docker']['observe'] {
  const currentOf = 'select current_revision as current from environments where app = $1 and environment = $2'
  return async ({ app, environment }) => {
    const [row] = await ask<{ current: number | null }>(options, currentOf, [app, environment])
    if (row?.current == null) return { replicas: [], traffic: {}, drift: [] }
    const replica = { name: `r${row.current}-1`, revision: row.current, healthy: true, state: 'running' }
    return { replicas: [replica], traffic: { [row.current]: 100 }, drift: [] }
  }
}

/** Nobody has a turn meanwhile. */
async function ask<T extends object>({ own, schedule }: EnginesOptions, text: string, values: unknown[]): Promise<T[]> {
  const asked = runOutside(() => own.pool.query<T>({ text, values }))
  schedule.hold(asked)
  return (await asked).rows
}

const truthOf = 'select state, attempt, worker_id as worker from jobs where id = $1'

/** An engine heeds no signal here: only the fence keeps a worker that has lost its lease from an effect. */
function createAct(options: EnginesOptions): Act {
  const { world, schedule, process, mutation, pid } = options
  return async (point, _after, context, effect, isDue = () => true) => {
    const { jobId } = context
    await pause(1 + Math.random() * 2_000)
    const askedAt = schedule.nowMs()
    if (!mutation.skipsFence) await context.fence()
    const [job] = await ask<{ state: string; attempt: number; worker: string }>(options, truthOf, [jobId])
    const attempt = job?.attempt ?? 0
    schedule.note(
      `${process.name} has the effect ${point} of ${jobId.slice(0, 4)}-${attempt} ${JSON.stringify(effect ?? {})}`,
    )
    if (job?.state !== 'running' || job.worker !== process.name)
      world.wrongs.push(
        `${process.name} had the effect ${point} of job ${jobId}, which is not its own: ${JSON.stringify(job)}`,
      )
    if (effect && world.unknown.has(effect.app))
      world.wrongs.push(`${process.name} changed ${effect.app}, of which the restored ledger knows not what runs`)
    if (isDue()) world.deeds.push({ what: 'did', point, jobId, attempt, pid, askedAt, ...(effect && { effect }) })
    await pause(Math.random() * 500)
    return attempt
  }
}

export function createImageEngine(act: Act): ImageEngine {
  return {
    ...createFakeImageEngine(),
    async build(_build, context) {
      const attempt = await act('build', 'built', context)
      return { imageId: digestOf(`${context.jobId} ${attempt}`), size: 1_024 }
    },
    async push({ imageId }, context) {
      await act('push', 'pushed', context)
      return { digest: imageId }
    },
    readConfig: async () => undefined,
    resolve: async () => undefined,
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
