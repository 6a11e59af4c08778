import {
  type EnvironmentSpec,
  type Linked,
  listCallers,
  listLinks,
  nameLinked,
  nameLinkedBy,
  ProblemError,
} from '@stevedore/contract'
import type { Claimant } from './claimants.ts'
import type { Newcomer } from './find-lack.ts'

/**
 * The refusal of links that the other side's spec does not have, or that lead where this environment cannot reach. That the other side is not
 * deployed yet is no refusal: two apps may link to each other.
 * @param canSee what the caller may be told of
 */
export function refuseUnlinked(
  own: Newcomer,
  claimants: readonly Claimant[],
  canSee: (place: Linked) => boolean,
): ProblemError | undefined {
  const declared = claimants.filter(({ declaredAt }) => declaredAt !== undefined)
  const faults = listLinks(own.settings, own.environment).flatMap((to) => {
    const found = declared.find(({ app, environment }) => app === to.app && environment === to.environment)
    return findFault(own, to, found && canSee(found) ? found : undefined, found) ?? []
  })
  return faults.length === 0 ? undefined : new ProblemError('link-refused', faults.join('; '))
}

/** @param seen absent where the caller may not be told of it: what there is not and what lets nobody in are the same then */
function findFault(
  own: Newcomer,
  to: Linked,
  seen: Claimant | undefined,
  found: Claimant | undefined,
): string | undefined {
  const isLetIn =
    found && listCallers(found.settings, to.environment).some((one) => nameLinked(one) === nameLinked(own))
  if (isLetIn) return findDistance(own.settings, found.settings, nameLinked(to))
  const remedy = `add \`linkedBy: [${nameLinkedBy(own, to)}]\` to the environment ${to.environment} of ${to.app} and \`stevedore apply\` it`
  if (seen) return `${nameLinked(to)} does not let ${nameLinked(own)} in: ${remedy}`
  return `there is no ${nameLinked(to)} that lets ${nameLinked(own)} in: whoever looks after ${to.app} has to ${remedy}`
}

/** A link stays on one machine, or within one cluster. */
function findDistance(from: EnvironmentSpec, to: EnvironmentSpec, name: string): string | undefined {
  if (from.engine !== to.engine) return `${name} runs on ${to.engine}, which a link from ${from.engine} does not reach`
  if (from.engine === 'kubernetes' && to.engine === 'kubernetes')
    return from.context === to.context ? undefined : `${name} runs in another cluster, which a link does not reach`
  const [own, others] = [listHosts(from), listHosts(to)]
  const missing = own.filter((host) => !others.includes(host))
  if (missing.length === 0) return undefined
  return `${name} does not run on ${missing.join(', ')}, and a link stays on its host: give both the same hosts`
}

const ownEngine = "the worker's own engine"

function listHosts(settings: EnvironmentSpec): string[] {
  return settings.engine === 'docker' ? (settings.hosts ?? [ownEngine]) : []
}
