import type { SecretView } from '@stevedore/contract'
import type { SecretRecord } from '@stevedore/ledger'

export function viewSecret(record: SecretRecord): SecretView {
  return {
    name: record.name,
    app: record.app,
    environment: record.environment,
    fingerprint: record.fingerprint,
    hosts: record.hosts,
    version: record.version,
    updatedAt: record.updatedAt.toISOString(),
  }
}
