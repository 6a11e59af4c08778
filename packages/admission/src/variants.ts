import { type EnvironmentSpec, ProblemError, type RequestByKind, refuseFaults, type Scale } from '@stevedore/contract'
import { findRestartFault, findScaleFaults } from '@stevedore/domain'
import type { Facts } from './facts.ts'
import { findRenewed } from './renewed.ts'
import { requireService } from './require-service.ts'
import { findEnvironment } from './resolve-request.ts'
import { type DeclaredApp, type Resolved, standing } from './standing.ts'

/** The spec rules as for any deploy; an environment that has left it is ruled by what it was deployed with. */
export async function removal(
  facts: Facts,
  { app, spec }: DeclaredApp,
  request: RequestByKind['deploy'],
): Promise<Resolved> {
  const { environment } = request
  const deployed = await facts.findDeployed(environment)
  const hasLeft = !Object.hasOwn(spec.environments, environment)
  const settings = hasLeft && deployed ? deployed.settings : findEnvironment(spec, environment)
  if (!deployed) throw new ProblemError('conflict', `nothing was ever deployed to ${environment} of ${app}`)
  const resolved = { kind: 'deploy', remove: true, ...(request.withData ? { withData: true as const } : {}) } as const
  return { kind: 'deploy', environment, request, resolved, ...standing(settings, true) }
}

/** Whatever else was asked for here was asked of a ledger that did not know what runs: it gives way. */
export function adoption({ spec }: DeclaredApp, request: RequestByKind['deploy']): Resolved {
  const { environment } = request
  const resolved = { kind: 'deploy', adopt: true } as const
  const { approval, selfApproval } = standing(findEnvironment(spec, environment), true)
  return { kind: 'deploy', environment, request, resolved, approval, selfApproval, queue: 'latest' }
}

/** It stands for itself in the line: no deploy does what it does. */
export function serviceUpdate({ app, spec }: DeclaredApp, request: RequestByKind['deploy'], service: string): Resolved {
  const { environment } = request
  const settings = findEnvironment(spec, environment)
  requireService({ app, environment }, settings, service)
  const resolved = { kind: 'deploy', service } as const
  return { kind: 'deploy', environment, request, resolved, ...standing(settings, true), queue: 'all' }
}

/** It brings nothing new, so it takes no deploy's place; one that is asked for later takes its. */
export async function renewal(
  facts: Facts,
  { app, spec }: DeclaredApp,
  request: RequestByKind['deploy'],
): Promise<Resolved> {
  const { environment, scale, process } = request
  const { settings } = await findRenewed(facts, { app, spec }, environment)
  if (scale) refuseScale(settings, scale)
  if (process !== undefined) refuseRestart(settings, process)
  const declared = Object.hasOwn(spec.environments, environment) ? spec.environments[environment] : undefined
  const resolved = scale
    ? ({ kind: 'deploy', scale } as const)
    : ({ kind: 'deploy', restart: true, ...(process !== undefined && { process }) } as const)
  return { kind: 'deploy', environment, request, resolved, ...standing(declared ?? settings, true), queue: 'all' }
}

function refuseRestart(settings: EnvironmentSpec, process: string): void {
  const message = findRestartFault(settings, process)
  if (message !== undefined) throw refuseFaults([{ path: ['process'], code: 'invalid', message }])
}

function refuseScale(settings: EnvironmentSpec, scale: Scale): void {
  const faults = findScaleFaults(settings, scale)
  if (faults.length === 0) return
  throw refuseFaults(faults.map(({ name, message }) => ({ path: ['scale', name], code: 'invalid', message })))
}
