import { imageOfService, type ServiceSpec } from '@stevedore/contract'
import type { DeployEngine, Place, ServiceSight } from '@stevedore/engine'
import type { ServiceRecord } from '@stevedore/ledger'
import type { Run } from '../../attempt/run.ts'

/** A companion as it was last made, and the secrets of which it has an older value. */
export type KnownCompanion = ServiceRecord & { changedSecrets: string[] }

export async function listKnown({ ledger }: Run, key: Pick<Place, 'app' | 'environment'>): Promise<KnownCompanion[]> {
  const records = await ledger.listServices(key)
  return Promise.all(
    records.map(async (record) => ({ ...record, changedSecrets: await ledger.findChangedSecrets(record) })),
  )
}

/** What runs of companions under numbers that this ledger never gave, by name: it may be a restored copy of the one that did. */
export async function listUnknown(
  { ledger }: Run,
  engine: DeployEngine,
  place: Place,
  signal: AbortSignal,
): Promise<Map<string, ServiceSight>> {
  const { app, environment } = place
  const { services = [] } = await engine.observe(place, signal, { probe: false })
  const found = services.filter(({ state, revision }) => state !== 'leaving' && isNumber(revision))
  const isKnown = await Promise.all(
    found.map(({ name, revision: number }) => ledger.getService({ app, environment, name, number })),
  )
  return new Map(found.filter((_, index) => !isKnown[index]).map((one) => [one.name, one]))
}

/** Labels are written by whoever may start containers. */
function isNumber(revision: number): boolean {
  return Number.isInteger(revision) && revision > 0 && revision < 2 ** 31
}

/** What the spec says of a companion that was found, with the image that it runs. */
export function declareFound(declared: ServiceSpec, { image }: ServiceSight): ServiceSpec {
  const isOther = image.includes('@sha256:') && image !== imageOfService(declared)
  return isOther ? { ...declared, image } : declared
}
