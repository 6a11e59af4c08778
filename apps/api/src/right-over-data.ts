import { grants, ProblemError, type RecordedRequest } from '@stevedore/contract'
import type { TokenRecord } from '@stevedore/ledger'

/** Data that is gone comes back by no rollback: to end it takes more than to deploy. Throws ProblemError `forbidden`. */
export function requireRightOverData({ role }: Pick<TokenRecord, 'role'>, request: RecordedRequest): void {
  const isOverData = request.kind === 'deploy' && request.withData === true
  if (isOverData && !grants(role, 'administer'))
    throw new ProblemError('forbidden', 'to remove the data of an environment takes an administrator')
}
