import type { AppView, ListedApp, SpecVersionView } from '@stevedore/contract'
import type { AppRecord, EnvironmentRecord, SpecVersion } from '@stevedore/ledger'
import { countReplicas } from './count-replicas.ts'

export function viewApp(record: SpecVersion & Pick<AppRecord, 'spec'>): AppView {
  return { ...viewSpecVersion(record), spec: record.spec }
}

export function viewSpecVersion({ app, specVersion, declaredBy, declaredAt }: SpecVersion): SpecVersionView {
  return { app, specVersion, declaredBy, declaredAt: declaredAt.toISOString() }
}

/** @param environments those of the app that may be seen */
export function viewListedApp(record: AppRecord, environments: EnvironmentRecord[]): ListedApp {
  return { ...viewApp(record), running: environments.flatMap(viewRunning) }
}

function viewRunning(record: EnvironmentRecord): ListedApp['running'] {
  const { environment, currentRevision } = record
  return currentRevision === null ? [] : [{ environment, revision: currentRevision, replicas: countReplicas(record) }]
}
