import { verifyAudit } from '@stevedore/ledger'
import { z } from 'zod'
import { refuseFaults } from '../../parse-input.ts'
import { digits } from '../../query.ts'
import { defineRoute } from '../../route.ts'

export const verifyAuditRoute = defineRoute({
  method: 'GET',
  url: '/v1/audit/verify',
  name: 'verifyAudit',
  summary:
    'Recompute the chain. `head` is worth keeping elsewhere: given back with its number as `seq` and `hash`, it shows a cut or rewritten tail.',
  access: { right: 'read', reach: 'server' },
  query: z.strictObject({ seq: digits(1, Number.MAX_SAFE_INTEGER).optional(), hash: z.string().max(200).optional() }),
  answers: {
    200: z.object({
      ok: z.boolean(),
      entries: z.int(),
      head: z.string(),
      firstBroken: z.object({ seq: z.int(), reason: z.string() }).optional(),
    }),
  },
  unhurried: true,
  async handle({ edge, query: { seq, hash } }) {
    if ((seq === undefined) !== (hash === undefined))
      throw refuseFaults([{ path: ['seq'], code: 'incomplete', message: 'seq and hash go together' }])
    return verifyAudit(edge.ledger, seq !== undefined && hash !== undefined ? { checkpoint: { seq, hash } } : {})
  },
})
