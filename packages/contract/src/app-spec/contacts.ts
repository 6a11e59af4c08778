import type { Fault } from '../errors/problems.ts'
import type { AppSpec } from './app-spec.ts'

/** A host that workers ask since a spec names it. */
export interface Contact {
  path: Fault['path']
  /** As it is written. */
  host: string
  /** With its port: a registry's where one is given, a Prometheus' always. */
  place: string
}

/** The registry of a spec, and the Prometheus of each canary. Sources have rules of their own. */
export function listContacts({ image: { registry }, environments }: AppSpec): Contact[] {
  const metrics = Object.entries(environments).flatMap(([name, { strategy }]) => {
    const analysis = strategy.type === 'canary' ? strategy.analysis : undefined
    if (!analysis || !('prometheus' in analysis)) return []
    const { hostname, port, protocol } = new URL(analysis.prometheus)
    const place = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
    return [{ path: ['environments', name, 'strategy', 'analysis', 'prometheus'], host: hostname, place }]
  })
  const path = ['image', 'registry']
  return [
    ...(registry === undefined ? [] : [{ path, host: registry.replace(/:\d+$/, ''), place: registry }]),
    ...metrics,
  ]
}
