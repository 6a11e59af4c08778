import type { AppView } from '@stevedore/contract'
import type { AppRecord } from '@stevedore/ledger'

export function viewApp(record: AppRecord): AppView {
  return {
    app: record.app,
    specVersion: record.specVersion,
    spec: record.spec,
    declaredBy: record.declaredBy,
    declaredAt: record.declaredAt.toISOString(),
  }
}
