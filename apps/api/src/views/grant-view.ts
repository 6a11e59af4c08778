import type { GrantView } from '@stevedore/contract'
import type { Grant } from '@stevedore/ledger'

export function viewGrant({ context, grantedAt, ...grant }: Grant): GrantView {
  return { ...grant, context: context === '' ? null : context, grantedAt: grantedAt.toISOString() }
}
