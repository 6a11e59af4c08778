import type { Place } from '@stevedore/engine'
import type { ServerCheck } from '../proxy/route.ts'

export const labels = {
  app: 'io.stevedore.app',
  environment: 'io.stevedore.environment',
  revision: 'io.stevedore.revision',
  version: 'io.stevedore.version',
  job: 'io.stevedore.job',
  settingsHash: 'io.stevedore.settings-hash',
  /** `replica`, `migration`, `proxy`, `proxy-lock`. */
  role: 'io.stevedore.role',
  port: 'io.stevedore.port',
  check: 'io.stevedore.check',
} as const

export type Role = 'replica' | 'migration'

/** `stevedore-shop-staging-r3-1`; the last part is a replica's number, or `migrate`. */
export function containerName({ app, environment }: Place, revision: number, part: number | 'migrate'): string {
  return `stevedore-${app}-${environment}-r${revision}-${part}`
}

/** The filter that finds what belongs to a place. */
export function placeFilter({ app, environment }: Place, role?: Role): { label: string[] } {
  const filter = [`${labels.app}=${app}`, `${labels.environment}=${environment}`]
  return { label: role ? [...filter, `${labels.role}=${role}`] : filter }
}

/** A container's labels hold all that a later worker needs to route to it, since the spec may have changed by then. */
export function readCheck(text: string | undefined): ServerCheck {
  return JSON.parse(text ?? '{"intervalMs":1000,"timeoutMs":2000,"rise":2}') as ServerCheck
}
