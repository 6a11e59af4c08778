import {
  describeResource,
  type NamedResource,
  nameGrantCommand,
  ProblemError,
  type Resource,
} from '@stevedore/contract'
import type { Denied } from '@stevedore/ledger'

/**
 * The refusal of what other apps have, with the command that gives it.
 * @param canSee whose apps may be named to the caller
 * @throws ProblemError `not-granted`
 */
export function refuseForeign(
  app: string,
  denied: readonly Denied<Resource & Partial<Pick<NamedResource, 'path'>>>[],
  canSee: (app: string) => boolean,
): ProblemError | undefined {
  if (denied.length === 0) return undefined
  const commands = [...new Set(denied.map(({ resource }) => `\`${nameGrantCommand(resource, app)}\``))]
  const what = [...new Set(denied.map((one) => describeDenied(one, canSee)))]
  const faults = denied.flatMap(({ resource, ...rest }) =>
    resource.path
      ? [{ path: resource.path, code: 'not-granted', message: describeDenied({ resource, ...rest }, canSee) }]
      : [],
  )
  return new ProblemError(
    'not-granted',
    `${what.join('; ')}: choose another, or have a server-wide administrator run ${commands.join(', ')}`,
    faults.length > 0 ? { faults } : {},
  )
}

function describeDenied({ resource, owner }: Denied, canSee: (app: string) => boolean): string {
  if (owner === undefined) return `${describeResource(resource)} takes a grant`
  return `${describeResource(resource)} is ${canSee(owner) ? `${owner}’s` : 'another app’s'}`
}
