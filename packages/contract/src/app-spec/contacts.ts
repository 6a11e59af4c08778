import type { Fault } from '../errors/problems.ts'
import { registryOfImage } from '../values/names.ts'
import type { AppSpec } from './app-spec.ts'
import { imageOfService, listServices } from './companions.ts'

/** A host that workers ask since a spec names it. */
export interface Contact {
  path: Fault['path']
  /** As it is written. */
  host: string
  /** With its port; a registry without one is at either of those that it is asked on then. */
  places: string[]
}

/** The registry of a spec, that of its scan's tool, those of companions, and the Prometheus of each canary. Sources have rules of their own. */
export function listContacts({ image: { registry }, scan, environments }: AppSpec): Contact[] {
  const metrics = Object.entries(environments).flatMap(([name, { strategy }]) => {
    const analysis = strategy.type === 'canary' ? strategy.analysis : undefined
    if (!analysis || !('prometheus' in analysis)) return []
    const { hostname, port, protocol } = new URL(analysis.prometheus)
    const place = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
    return [{ path: ['environments', name, 'strategy', 'analysis', 'prometheus'], host: hostname, places: [place] }]
  })
  const contact = registry === undefined ? [] : [{ path: ['image', 'registry'], ...locateRegistry(registry) }]
  const tool = scan && registryOfImage(scan.image)
  const scanned = tool === undefined ? [] : [{ path: ['scan', 'image'], ...locateRegistry(tool) }]
  return [...contact, ...scanned, ...metrics, ...listOfServices(environments)]
}

function listOfServices(environments: AppSpec['environments']): Contact[] {
  return Object.entries(environments).flatMap(([environment, settings]) =>
    listServices(settings).flatMap((service) => {
      const registry = registryOfImage(imageOfService(service))
      const path = ['environments', environment, 'services', service.name, 'image']
      return registry === undefined ? [] : [{ path, ...locateRegistry(registry) }]
    }),
  )
}

/** Where a registry is asked: without a port by TLS, or in the clear where the engine is told so, on the port of either. */
export function locateRegistry(registry: string): Pick<Contact, 'host' | 'places'> {
  const host = registry.replace(/:\d+$/, '')
  return { host, places: host === registry ? [`${host}:443`, `${host}:80`] : [registry] }
}
