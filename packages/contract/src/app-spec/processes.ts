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
    /** The processes that are to be healthy before it is begun; `web` is so anyway. */
    after: z.array(appName).max(10).optional(),
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

type NamedProcess = ProcessSpec & { name: string }

/** Processes in the order in which they are begun: by `after`, else by their names, since the ledger's JSON keeps no other order. */
export function listProcesses({ processes: given = {} }: Written): NamedProcess[] {
  const all = Object.entries(given)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const { ordered, circular } = orderProcesses(all)
  return [...ordered, ...circular]
}

/** `circular` are those that wait for each other, or for one of these. */
function orderProcesses(all: readonly NamedProcess[]): { ordered: NamedProcess[]; circular: NamedProcess[] } {
  const ordered: NamedProcess[] = []
  const left = [...all]
  const isFree = ({ after = [] }: NamedProcess) => !left.some(({ name }) => after.includes(name))
  for (let next = left.findIndex(isFree); next >= 0; next = left.findIndex(isFree))
    ordered.push(...left.splice(next, 1))
  return { ordered, circular: left }
}

/** What of an environment does not go with its processes. */
export function findProcessFaults(value: Written & { manifests?: unknown }): { path: string[]; message: string }[] {
  const all = listProcesses(value)
  if (value.manifests !== undefined && all.length > 0)
    return [{ path: ['processes'], message: 'are not for manifests, which have Deployments of their own' }]
  const known = new Set(['web', ...all.map(({ name }) => name)])
  const unknown = all.flatMap(({ name, after = [] }) =>
    after
      .filter((other) => !known.has(other))
      .map((other) => ({ path: ['processes', name, 'after'], message: `there is no process ${other}` })),
  )
  if (unknown.length > 0) return unknown
  return orderProcesses(all).circular.map(({ name }) => {
    return { path: ['processes', name, 'after'], message: 'it would wait for itself, by whatever way' }
  })
}
