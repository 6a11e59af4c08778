import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { appName } from '../values/names.ts'
import { argumentList, command } from './command.ts'
import { resources } from './quantities.ts'

/** What a process has of a health: nothing leads to it, so it is asked inside or not at all. */
const health = z.strictObject({
  command: command.optional(),
  interval: duration('100ms', '5m').optional(),
  steadyInterval: duration('1s', '1h').optional(),
  timeout: duration('100ms', '1m').optional(),
  threshold: z.int().min(1).max(20).optional(),
  deadline: duration('1s', '1h').optional(),
})

const process = z
  .strictObject({
    /** As an environment's: in place of the image's entrypoint, and of its arguments as well. */
    command: command.optional(),
    args: argumentList.optional(),
    /** 0 keeps it from running. */
    replicas: z.int().min(0).max(100).default(1),
    /** Absent: the environment's own, else 10 s. */
    stopTimeout: duration('1s', '1h').optional(),
    resources: resources.optional(),
    health: health.optional(),
  })
  .refine((value) => value.command !== undefined || value.args !== undefined, {
    error: 'give command or args: without either it would run what web runs',
    path: ['command'],
  })

const processName = appName.refine((name) => name !== 'web', {
  error: 'the environment’s own keys are the process web',
})

/** What runs beside the environment's own replicas, of the same image and revision, by name. */
export const processes = z
  .record(processName, process)
  .refine((value) => Object.keys(value).length <= 10, { error: 'at most 10' })

export type ProcessSpec = z.output<typeof process>

interface Written {
  processes?: Record<string, ProcessSpec> | undefined
}

/** Processes in the order of their names: the ledger's JSON keeps no other. */
export function listProcesses({ processes: given = {} }: Written): (ProcessSpec & { name: string })[] {
  return Object.entries(given)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** What of an environment does not go with its processes. */
export function findProcessFaults(value: Written & { manifests?: unknown }): { path: string[]; message: string }[] {
  if (value.manifests === undefined || listProcesses(value).length === 0) return []
  return [{ path: ['processes'], message: 'are not for manifests, which have Deployments of their own' }]
}
