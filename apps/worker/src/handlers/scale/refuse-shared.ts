import { FailureError } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import type { Run } from '../../attempt/run.ts'
import { look } from '../rollout/observe.ts'

/** What is done to the replicas of one revision gives it all of the traffic. Throws FailureError `policy-violation` where another has some. */
export async function refuseShared(run: Run<'deploy'>, serving: Revision): Promise<Observation> {
  const seen = await look(run, serving)
  const others = Object.entries(seen.traffic).filter(
    ([number, percent]) => percent > 0 && Number(number) !== serving.number,
  )
  if (others.length === 0) return seen
  const names = others.map(([number]) => number).join(', ')
  throw new FailureError('policy-violation', {
    diagnosis: `revision ${names} gets traffic as well: deploy or roll back first`,
  })
}
