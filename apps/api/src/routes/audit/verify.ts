import { operations, refuseFaults } from '@stevedore/contract'
import { verifyAudit } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const verifyAuditRoute = defineRoute(operations.verifyAudit, {
  unhurried: true,
  async handle({ context: { ledger, checkpoints }, query: { seq, hash } }) {
    if ((seq === undefined) !== (hash === undefined))
      throw refuseFaults([{ path: ['seq'], code: 'incomplete', message: 'seq and hash go together' }])
    const heads = seq !== undefined && hash !== undefined ? [{ seq, hash }] : []
    return checkpoints ? checkpoints.verify(heads) : verifyAudit(ledger, { heads })
  },
})
