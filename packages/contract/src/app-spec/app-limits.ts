import { memoryBytes } from '../values/quantity.ts'
import type { Resources } from './environment.ts'

/** What a container of an app may take at most where its spec does not say, as a worker is set. What is absent is not limited. */
export interface AppLimits {
  /** `1Gi` */
  memory?: string | undefined
  processes?: number | undefined
}

/** Where a worker is not told otherwise. */
export const defaultAppLimits = { memory: '1Gi', processes: 512 } as const satisfies AppLimits

/** A release's own, where it has been made: `null` for no limit of memory, as when it was made. Else those of the engine. */
export function chooseAppLimits(defaultMemory: string | null | undefined, limits: AppLimits): AppLimits {
  return defaultMemory === undefined ? limits : { ...limits, memory: defaultMemory ?? undefined }
}

interface MemoryLimit {
  /** A quantity, as the spec or the worker's setting has it. */
  memory: string
  /** Whose it is: the environment's settings, or the worker's. */
  from: 'spec' | 'server'
}

/** The spec's own wins, whichever way. The server's is never less than what is requested: no engine takes that. */
export function chooseMemoryLimit(resources: Resources | undefined, { memory }: AppLimits): MemoryLimit | undefined {
  const { limits, requests } = resources ?? {}
  if (limits?.memory) return { memory: limits.memory, from: 'spec' }
  if (!memory) return undefined
  const requested = requests?.memory
  const isMore = requested !== undefined && memoryBytes(requested) > memoryBytes(memory)
  return { memory: isMore ? requested : memory, from: 'server' }
}

/** What a person reads of a limit that ended an app, with the next step. */
export function describeMemoryLimit({ memory, from }: MemoryLimit): string {
  return from === 'spec'
    ? `it took more memory than resources.limits.memory of the spec, ${memory}: make that more, or the app smaller`
    : `it took more memory than this server's default, ${memory}: set resources.limits.memory in the spec to what it needs`
}

/** The same of the number of processes, which no spec names. */
export function describeProcessLimit(processes: number): string {
  return `it was refused more processes and threads than this server's limit, ${processes} (APP_PROCESSES of the worker)`
}
