import type { AppLimits } from '@stevedore/contract'
import { labelKeys, type Place, type Release } from '@stevedore/engine'
import type { ServerCheck, ServerPort } from '../proxy/route.ts'

/** `process`: a replica of another process than web; `service`: a companion; `link`: what stands for another app; `own-network`: an environment's;  `files`: a volume with the files of a revision; `volume-opener`: a container that never starts, by which a volume is got at. */
export type Role =
  | 'replica'
  | 'process'
  | 'service'
  | 'link'
  | 'own-network'
  | 'migration'
  | 'command'
  | 'volume'
  | 'files'
  | 'volume-opener'

/** The last part of a container's name: a replica's number, or what else is run of a release, a command by its job. */
export type Part = number | 'migrate' | `command-${string}`

/**
 * `stevedore.shop.staging-r3-1` in the network `stevedore`; its last part is what it is of the release. No app and no environment
 * has a dot in its name, so no two places share one. What a version before this one started has dashes there: containers are found by
 * their labels. A process beside web has its own before its number: `staging-r3_worker-1`, by what no part of a name has in it. A companion
 * is of no revision of the app's: `staging_db-r1-1`.
 */
export function containerName(
  network: string,
  {
    app,
    environment,
    revision,
    process,
    service,
  }: Pick<Release, 'app' | 'environment' | 'revision' | 'process' | 'service'>,
  part: Part,
): string {
  if (service) return `${network}.${app}.${environment}_${service.name}-r${revision}-${part}`
  return `${network}.${app}.${environment}-r${revision}${process === undefined ? '' : `_${process}`}-${part}`
}

const leavingMark = '-leaving-'
/** Only at the end, and with an id: an app or environment may be called so too. */
const leavingEnd = new RegExp(`${leavingMark}[0-9a-f]{12}$`)

/** What a replica is called once it was told to end: its own name is free for another, and nothing takes it for one that stays. */
export function nameLeaving(name: string, id: string): string {
  return `${name}${leavingMark}${id.slice(0, 12)}`
}

/** The part of a container's name, and whether it was told to end. */
export function readName(name: string): { part: string; leaving: boolean } {
  const own = name.replace(leavingEnd, '')
  return { part: own.slice(own.lastIndexOf('-') + 1), leaving: own !== name }
}

/** The filter that finds what an installation has of any place. */
export function roleFilter(network: string, role: Role): { label: string[] } {
  return { label: [`${labelKeys.network}=${network}`, `${labelKeys.role}=${role}`] }
}

/** The filter that finds the replicas of a place, or those of one of its processes or companions. */
export function replicaFilter(network: string, place: Place): { label: string[] } {
  if (place.service) {
    const { label } = placeFilter(network, place, 'service')
    return { label: [...label, `${labelKeys.service}=${place.service.name}`] }
  }
  if (place.process === undefined) return placeFilter(network, place, 'replica')
  const { label } = placeFilter(network, place, 'process')
  return { label: [...label, `${labelKeys.process}=${place.process}`] }
}

/** The filter that finds what belongs to a place. */
export function placeFilter(network: string, place: Place, role: Role): { label: string[] } {
  return { label: Object.entries(placeLabels(network, place, role)).map(([key, value]) => `${key}=${value}`) }
}

export function placeLabels(
  network: string,
  { app, environment }: Pick<Place, 'app' | 'environment'>,
  role: Role,
): Record<string, string> {
  return {
    [labelKeys.network]: network,
    [labelKeys.app]: app,
    [labelKeys.environment]: environment,
    [labelKeys.role]: role,
  }
}

/** A container's labels hold all that a later worker needs to route to it, since the spec may have changed by then. */
export function readCheck(text: string | undefined): ServerCheck {
  return JSON.parse(text ?? '{"intervalMs":1000,"timeoutMs":2000,"rise":2}') as ServerCheck
}

/** What the worker limited that the settings do not name; what was started by an earlier version was not limited. */
export function readDefaultLimits(labels: Record<string, string>): AppLimits {
  return { memory: labels[labelKeys.defaultMemory] || undefined }
}

/** The same of its further ports; what was started by an earlier version has none. */
export function readFurtherPorts(text: string | undefined): Record<string, ServerPort> {
  return JSON.parse(text ?? '{}') as Record<string, ServerPort>
}
