import {
  type EnvironmentSpec,
  listProcesses,
  listServices,
  type RequestByKind,
  refuseFaults,
  suggest,
} from '@stevedore/contract'
import type { Facts } from './facts.ts'
import { findEnvironment } from './resolve-request.ts'
import { type DeclaredApp, type Resolved, standing } from './standing.ts'
import { findCurrent, isApprovedWith, refuseIdle } from './used.ts'

/** It may do what a deploy does: where that is approved, so is this, but for the time of a schedule that was approved with the revision. */
export async function run(
  facts: Facts,
  { app, spec }: DeclaredApp,
  request: RequestByKind['run'],
  by: 'person' | 'trigger' | 'pipeline' | 'schedule',
): Promise<Resolved> {
  const { environment } = request
  const declared = Object.hasOwn(spec.environments, environment) ? spec.environments[environment] : undefined
  const revision = await findCurrent(facts, environment)
  if (!revision && !declared) findEnvironment(spec, environment)
  if (!revision) throw refuseIdle(app, environment)
  const { number, image, version, settings } = revision
  const beside = { kind: 'run', revision: number, image, version } as const
  if (request.in === undefined) refuseProcess(settings, request)
  const resolved = request.in === undefined ? beside : { ...beside, ...placeInReplica(settings, request) }
  const isApproved = by === 'schedule' && isApprovedWith(revision, declared, request.schedule)
  return { kind: 'run', environment, request, resolved, ...standing(declared ?? settings, !isApproved) }
}

/** Throws ProblemError for a process that the revision does not have; a companion has an image of its own. */
function refuseProcess(settings: EnvironmentSpec, { process = 'web' }: RequestByKind['run']): void {
  const names = ['web', ...listProcesses(settings).map(({ name }) => name)]
  if (names.includes(process)) return
  const isCompanion = listServices(settings).some(({ name }) => name === process)
  const message = isCompanion
    ? `${process} is a companion, of an image of its own: \`stevedore exec\` runs inside it`
    : `the current revision has no process of this name${suggest(process, names)}`
  throw refuseFaults([{ path: ['process'], code: 'invalid', message }])
}

/**
 * Which replica it is to be is known when its turn comes: they come and go. Throws ProblemError for a process or companion that the revision
 * does not have.
 */
function placeInReplica(settings: EnvironmentSpec, { process = 'web', replica }: RequestByKind['run']) {
  const companions = listServices(settings).map(({ name }) => name)
  const names = ['web', ...listProcesses(settings).map(({ name }) => name), ...companions]
  if (!names.includes(process)) {
    const message = `the current revision has no process or companion of this name${suggest(process, names)}`
    throw refuseFaults([{ path: ['process'], code: 'invalid', message }])
  }
  if (replica !== undefined && companions.includes(process)) {
    const message = `${process} is a companion, which is one container alone: leave the replica out`
    throw refuseFaults([{ path: ['replica'], code: 'invalid', message }])
  }
  return { in: 'replica', process, replica: replica ?? null } as const
}
