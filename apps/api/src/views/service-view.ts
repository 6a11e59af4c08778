import type { EnvironmentSpec, ServiceView } from '@stevedore/contract'
import { findServiceChanges } from '@stevedore/domain'
import {
  type EnvironmentRecord,
  findChangedSecrets,
  getApp,
  type Ledger,
  listServices,
  type ServiceRecord,
} from '@stevedore/ledger'

/** An environment's companions: as they were made, as they were seen, and what the spec says otherwise. */
export async function viewServices(
  ledger: Ledger,
  key: { app: string; environment: string },
  observed: EnvironmentRecord['observed'],
): Promise<ServiceView[]> {
  const records = await listServices(ledger, key)
  if (records.length === 0) return []
  const declared = (await getApp(ledger, key.app))?.spec.environments[key.environment]
  return Promise.all(
    records.map(async (record) => {
      const changedSecrets = (await findChangedSecrets(ledger, record)).map((name) => `secrets.${name}`)
      return viewService(record, declared, [...changedSecrets], observed)
    }),
  )
}

function viewService(
  { name, number, settings, jobId, createdBy, activatedAt }: ServiceRecord,
  declared: EnvironmentSpec | undefined,
  changedSecrets: string[],
  observed: EnvironmentRecord['observed'],
): ServiceView {
  const own = declared?.services?.[name]
  const seen = observed?.services?.find((one) => one.name === name && one.state !== 'leaving')
  return {
    name,
    revision: number,
    image: settings.image,
    seen: seen ? { state: seen.state, healthy: seen.healthy, reason: seen.reason } : null,
    changed: own ? [...findServiceChanges(settings, own), ...changedSecrets] : [],
    declared: own !== undefined,
    jobId,
    createdBy,
    activatedAt: activatedAt?.toISOString() ?? null,
  }
}
