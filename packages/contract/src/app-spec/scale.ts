import { z } from 'zod'
import { kubernetesName } from '../values/names.ts'
import type { EnvironmentSpec } from './environment.ts'

/** How many replicas each process, or Deployment of manifests, is to have, by name; `web` stands for the environment's own. */
export const scale = z
  .record(kubernetesName, z.int().min(0).max(100))
  .refine((value) => Object.keys(value).length > 0, { error: 'name a process and its count: worker=4' })
  .refine((value) => Object.keys(value).length <= 11, { error: 'at most 11' })
  .refine((value) => value.web !== 0, { error: 'web has one replica at least; remove takes it down', path: ['web'] })
export type Scale = z.output<typeof scale>

/** The settings with other counts; of what they do not name there is none to count. */
export function applyScale<S extends EnvironmentSpec>(settings: S, counts: Scale | null | undefined): S {
  if (!counts) return settings
  const processes = Object.entries(settings.processes ?? {}).map(([name, one]) => {
    return [name, { ...one, replicas: findCount(counts, name) ?? one.replicas }] as const
  })
  return {
    ...settings,
    replicas: counts.web ?? settings.replicas,
    ...(settings.processes && { processes: Object.fromEntries(processes) }),
  }
}

/** A process may have the name of what every object has, such as `constructor`. */
export function findCount(counts: Scale | null | undefined, name: string): number | undefined {
  return counts && Object.hasOwn(counts, name) ? counts[name] : undefined
}

/** How many each process has, web first. */
export function countReplicas({ replicas, processes = {} }: EnvironmentSpec): Scale {
  const others = Object.entries(processes).map(([name, one]) => [name, one.replicas])
  return { web: replicas, ...Object.fromEntries(others) }
}
