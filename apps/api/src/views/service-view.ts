import type { EnvironmentSpec, ServiceView } from '@stevedore/contract'
import { listDifferences } from '@stevedore/domain'
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
      const changedSecrets = await findChangedSecrets(ledger, record)
      return viewService({ ...record, changedSecrets }, declared, observed)
    }),
  )
}

function viewService(
  record: ServiceRecord & { changedSecrets: string[] },
  declared: EnvironmentSpec | undefined,
  observed: EnvironmentRecord['observed'],
): ServiceView {
  const { name, number, settings, jobId, createdBy, activatedAt } = record
  const own = declared?.services?.[name]
  const seen = observed?.services?.find((one) => one.name === name && one.state !== 'leaving')
  return {
    name,
    revision: number,
    image: settings.image,
    seen: seen ? { state: seen.state, healthy: seen.healthy, reason: seen.reason } : null,
    changed: own ? listDifferences(record, own) : [],
    declared: own !== undefined,
    jobId,
    createdBy,
    activatedAt: activatedAt?.toISOString() ?? null,
  }
}
