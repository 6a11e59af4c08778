import { fieldOf, fieldsOf, listOf } from '../values.ts'
import type { ChosenApp, ChosenServices } from './choose-services.ts'
import { expandVariables } from './expand-variables.ts'
import { findKnownImage } from './known-images.ts'
import { pairsOf, type Service, textOf, textsOf } from './read-project.ts'
import { listHosts } from './take-environment.ts'

/** A companion of an app, and who else of the project needs it. */
export interface UsedCompanion {
  service: Service
  others: ChosenApp[]
}

export interface SharedCompanions {
  of: Map<ChosenApp, UsedCompanion[]>
  /** What no app needs beside it, as far as the file says. */
  unused: Service[]
}

/**
 * Which app needs which companion: one that it, or a companion of it, names under `depends_on` or `links` or in a variable. The only app of
 * a project has those as well that nothing names, but for what stands in front of it or watches.
 */
export function shareCompanions({ apps, companions }: Pick<ChosenServices, 'apps' | 'companions'>): SharedCompanions {
  const names = new Map(companions.map((service) => [service.name, service]))
  const used = new Map(apps.map((app) => [app, reach([app.service, ...app.processes], names)]))
  const [only, ...others] = apps
  if (only && others.length === 0) {
    const own = used.get(only) ?? new Set()
    for (const service of companions) if (standsAlone(service, companions, only)) own.add(service)
  }
  const usersOf = (service: Service) => apps.filter((app) => used.get(app)?.has(service))
  const withOthers = (app: ChosenApp) =>
    companions.flatMap((service) => {
      const users = usersOf(service)
      return users.includes(app) ? [{ service, others: users.filter((one) => one !== app) }] : []
    })
  return {
    of: new Map(apps.map((app) => [app, withOthers(app)])),
    unused: companions.filter((service) => usersOf(service).length === 0),
  }
}

function reach(from: Service[], companions: ReadonlyMap<string, Service>): Set<Service> {
  const found = new Set<Service>()
  const waiting = [...from]
  for (let one = waiting.pop(); one; one = waiting.pop())
    for (const name of listNamed(one, new Set(companions.keys()))) {
      const service = companions.get(name)
      if (!service || found.has(service)) continue
      found.add(service)
      waiting.push(service)
    }
  return found
}

/** The services of those names that a service needs. What it waits for until that has ended is not beside it. */
function listNamed({ fields }: Service, names: ReadonlySet<string>): Set<string> {
  const wanted = fieldOf(fields, 'depends_on')
  const waits = Object.entries(fieldsOf(wanted)).flatMap(([name, how]) =>
    textOf(fieldOf(fieldsOf(how), 'condition')) === 'service_completed_successfully' ? [] : [name],
  )
  const links = textsOf(fieldOf(fields, 'links')).map((link) => link.split(':')[0] ?? '')
  const values = pairsOf(fieldOf(fields, 'environment')).flatMap(([, value]) =>
    listHosts(expandVariables(value ?? '').text, names),
  )
  return new Set([...textsOf(wanted), ...waits, ...links, ...values].filter((name) => names.has(name)))
}

/** A service that looks at no other one, gets no engine and, unless it is known to keep data, lets nobody in. */
function standsAlone(
  service: Service,
  companions: readonly Service[],
  { service: main, processes }: ChosenApp,
): boolean {
  const all = new Set([main, ...processes, ...companions].map(({ name }) => name))
  all.delete(service.name)
  const { fields } = service
  const depends = fieldOf(fields, 'depends_on')
  if (listNamed(service, all).size > 0 || Object.keys(Object(depends)).length > 0) return false
  if (JSON.stringify(fieldOf(fields, 'volumes') ?? '').includes('docker.sock')) return false
  const isKnown = findKnownImage(textOf(fieldOf(fields, 'image')) ?? '') !== undefined
  return isKnown || listOf(fieldOf(fields, 'ports')).length === 0
}
