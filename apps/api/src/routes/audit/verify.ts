import { operations, refuseFaults } from '@stevedore/contract'
import { verifyAudit } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const verifyAuditRoute = defineRoute(operations.verifyAudit, {
  unhurried: true,
  async handle({ context, query: { seq, hash } }) {
    if ((seq === undefined) !== (hash === undefined))
      throw refuseFaults([{ path: ['seq'], code: 'incomplete', message: 'seq and hash go together' }])
    return verifyAudit(context.ledger, seq !== undefined && hash !== undefined ? { checkpoint: { seq, hash } } : {})
  },
})
