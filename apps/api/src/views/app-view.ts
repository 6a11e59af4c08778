import type { AppView, ListedApp } from '@stevedore/contract'
import type { AppRecord, EnvironmentRecord } from '@stevedore/ledger'
import { countReplicas } from './count-replicas.ts'

export function viewApp(record: AppRecord): AppView {
  return {
    app: record.app,
    specVersion: record.specVersion,
    spec: record.spec,
    declaredBy: record.declaredBy,
    declaredAt: record.declaredAt.toISOString(),
  }
}

/** @param environments those of the app that may be seen */
export function viewListedApp(record: AppRecord, environments: EnvironmentRecord[]): ListedApp {
  return { ...viewApp(record), running: environments.flatMap(viewRunning) }
}

function viewRunning(record: EnvironmentRecord): ListedApp['running'] {
  const { environment, currentRevision } = record
  return currentRevision === null ? [] : [{ environment, revision: currentRevision, replicas: countReplicas(record) }]
}
