import { ProblemError, type RequestByKind, type Schedule, suggest } from '@stevedore/contract'
import type { ScheduleTurn } from '@stevedore/ledger'
import { admit } from './admit.ts'
import type { Facts } from './facts.ts'
import { findEnvironment } from './resolve-request.ts'
import type { DeclaredApp } from './standing.ts'
import { findCurrent, refuseIdle } from './used.ts'

/** What a schedule of an environment runs. Throws ProblemError where there is none of that name. */
function findSchedule({ app, spec }: DeclaredApp, environment: string, name: string): Schedule {
  const { schedules = {} } = findEnvironment(spec, environment)
  const found = Object.hasOwn(schedules, name) ? schedules[name] : undefined
  if (found) return found
  const near = suggest(name, Object.keys(schedules))
  throw new ProblemError('not-found', `${environment} of ${app} has no schedule named ${name}${near}`)
}

/** The request that a schedule stands for. */
export function requestScheduled(app: DeclaredApp, environment: string, name: string): RequestByKind['run'] {
  const { command, timeout } = findSchedule(app, environment, name)
  return { kind: 'run', app: app.app, environment, command, timeout, schedule: name }
}

/** What becomes of a schedule's time: its command in the revision that runs then. */
export async function admitScheduled(
  facts: Facts,
  app: DeclaredApp,
  { environment, name }: { environment: string; name: string },
): Promise<ScheduleTurn> {
  if (!(await findCurrent(facts, environment))) return { idle: refuseIdle(app.app, environment).message }
  const admission = await admit(facts, app, requestScheduled(app, environment, name), { by: 'schedule' })
  return 'job' in admission ? admission : { refusal: admission.refusal.message }
}
