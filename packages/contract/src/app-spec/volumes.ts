import { z } from 'zod'
import { appName, refusal } from '../values/names.ts'
import { memoryBytes, storageQuantity } from '../values/quantity.ts'
import { isWithin, overlap, plainPath, trimSlashes } from './paths.ts'
import type { Strategy } from './strategy.ts'

/** What a container has of its own there, and what an app's data would hide or be hidden by. */
const taken = ['/proc', '/sys', '/dev', '/tmp'] as const

export const mountPath = z
  .string()
  .max(200)
  .regex(plainPath, 'an absolute path to a folder, not /')
  .refine(
    (path) => !taken.some((one) => isWithin(path, one)),
    refusal('policy-violation', `is none of ${taken.join(', ')}, and not below them`),
  )

/** A folder that is kept in memory. */
export const writablePath = z
  .string()
  .max(200)
  .regex(/^\/[A-Za-z0-9._/-]*$/, 'an absolute path')

const volume = z.strictObject({
  /** Where the app finds it. */
  path: mountPath,
  /** Asked of a cluster; Docker gives what its disk has. */
  size: storageQuantity.optional(),
  /** Several replicas, and two revisions at a time, may have it open. */
  shared: z.boolean().default(false),
})

const named = z.record(appName, volume).refine((value) => Object.keys(value).length <= 10, { error: 'at most 10' })

/** Folders and sockets of the machine are given to nobody, whichever way they are written. */
function refuseHostFolders(value: unknown, context: z.RefinementCtx): unknown {
  const entries = Array.isArray(value) ? value : Object.values(Object(value))
  if (!Array.isArray(value) && !entries.some((one) => typeof one === 'string')) return value
  const { error: message, params } = refusal(
    'policy-violation',
    'no folder of the machine is given to apps: a volume has a name, { uploads: { path: /data } }',
  )
  context.addIssue({ code: 'custom', message, params })
  return z.NEVER
}

/** By name, which is the volume's own for as long as its environment has it. */
export const volumes = z.preprocess(refuseHostFolders, named)

export type Volume = z.output<typeof volume>
export type Volumes = z.output<typeof named>

export interface Mounting {
  volumes?: Volumes | undefined
}

/** Volumes in the order of their names. */
export function listVolumes({ volumes: given = {} }: Mounting): (Volume & { name: string })[] {
  return Object.entries(given)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The name of a volume that only one process at a time may have open; undefined where there is none. */
export function findUnshared(settings: Mounting): string | undefined {
  return listVolumes(settings).find(({ shared }) => !shared)?.name
}

/** What is written of an environment, with the strategy that its volumes ask for where it names none. */
export function chooseStrategy(value: unknown): unknown {
  const { strategy, volumes: given } = Object(value)
  const all = Object.values(Object(given))
  const isHeld = all.some((one) => typeof one === 'object' && one !== null && Object(one).shared !== true)
  return strategy === undefined && isHeld ? { ...Object(value), strategy: 'recreate' } : value
}

/** Why a strategy cannot be had with these volumes; undefined where it can. */
export function findStrategyFault(settings: Mounting, type: Strategy['type']): string | undefined {
  const held = findUnshared(settings)
  if (held === undefined || type === 'recreate') return undefined
  return `the volume ${held} is not shared, so what runs is stopped before the next is started: take recreate, or make the volume shared`
}

interface Written extends Mounting {
  engine: 'docker' | 'kubernetes'
  replicas: number
  strategy: Strategy
  writablePaths: string[]
  autoscale?: unknown
  manifests?: unknown
}

interface VolumeFault {
  path: string[]
  message: string
}

/** What of an environment does not go with its volumes. */
export function findVolumeFaults(value: Written): VolumeFault[] {
  const all = listVolumes(value)
  if (all.length === 0) return []
  return [...findOverlaps(all, value.writablePaths), ...findHolders(value), ...findOnCluster(value, all)]
}

function findOverlaps(all: ReturnType<typeof listVolumes>, writablePaths: string[]): VolumeFault[] {
  return all.flatMap(({ name, path }, index) => {
    const others = [...all.slice(0, index).map((one) => one.path), ...writablePaths.map(trimSlashes)]
    const other = others.find((one) => overlap(path, one))
    return other === undefined
      ? []
      : [{ path: ['volumes', name, 'path'], message: `${path} and ${other} lie within each other` }]
  })
}

function findHolders({ replicas, strategy, autoscale, ...mounting }: Written): VolumeFault[] {
  const held = findUnshared(mounting)
  if (held === undefined) return []
  const alone = `the volume ${held} is not shared, so one replica alone has it: make it shared, or take one replica`
  const fault = findStrategyFault(mounting, strategy.type)
  return [
    ...(replicas > 1 ? [{ path: ['replicas'], message: alone }] : []),
    ...(autoscale === undefined ? [] : [{ path: ['autoscale'], message: alone }]),
    ...(fault === undefined ? [] : [{ path: ['strategy'], message: fault }]),
  ]
}

function findOnCluster({ engine, manifests }: Written, all: ReturnType<typeof listVolumes>): VolumeFault[] {
  if (engine !== 'kubernetes') return []
  const unsized = all.filter(({ size }) => size === undefined)
  return [
    ...unsized.map(({ name }) => ({ path: ['volumes', name, 'size'], message: 'a cluster has to be told: 10Gi' })),
    ...(manifests === undefined
      ? []
      : [{ path: ['volumes'], message: 'are not for manifests, whose pods have volumes of their own' }]),
  ]
}

/** Why volumes cannot become what a new spec wants of them in a cluster, each in a sentence: what is in them has to stay. */
export function findVolumeLosses(before: Mounting, after: Mounting): string[] {
  return listVolumes(after).flatMap(({ name, size, shared }) => {
    const old = before.volumes?.[name]
    if (!old) return []
    const isLess = old.size !== undefined && size !== undefined && memoryBytes(size) < memoryBytes(old.size)
    return [
      ...(isLess ? [`volume ${name}: ${old.size} cannot become ${size}: a volume only grows`] : []),
      ...(old.shared === shared
        ? []
        : [`volume ${name}: shared ${old.shared} cannot become ${shared}: take another name for it`]),
    ]
  })
}
