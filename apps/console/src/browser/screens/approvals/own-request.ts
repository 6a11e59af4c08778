import type { CallerView } from '@stevedore/contract'
import { nameActor } from '../../parts/job.ts'
import type { Pending } from './load.ts'

/**
 * Why one may not approve this although one has the right; undefined where one may. The server judges by all tokens of a person, of which
 * the page knows its own alone: what it lets pass may still be refused.
 */
export function explainOwnRequest({ job, app }: Pending, me: CallerView | undefined): string | undefined {
  if (!me) return undefined
  const { name, person } = me.token
  const asker = nameActor(job.requestedBy).toLowerCase()
  if (asker !== name.toLowerCase() && asker !== person.toLowerCase()) return undefined
  if (app?.spec.environments[job.environment ?? '']?.selfApproval) return undefined
  return `You asked for it yourself, so that another person has to approve it: stevedore approve ${job.id.slice(0, 8)}`
}
