import type { TokenView } from '@stevedore/contract'
import type { TokenRecord } from '@stevedore/ledger'

export function viewToken(record: TokenRecord): TokenView {
  return {
    id: record.id,
    name: record.name,
    role: record.role,
    person: record.person ?? record.name,
    app: record.app,
    environment: record.environment,
    createdAt: record.createdAt.toISOString(),
    expiresAt: record.expiresAt?.toISOString() ?? null,
    lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
  }
}
