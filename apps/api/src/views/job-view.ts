import {
  controlVerbs,
  type FailureView,
  failures,
  findFailureRunbook,
  isFinal,
  type JobDetailView,
  type JobFailure,
  type JobVerb,
  type JobView,
  type ResolvedJob,
  type StepView,
  stepResults,
} from '@stevedore/contract'
import { decideVerb, nameAction } from '@stevedore/domain'
import { getPlaceInLine, imageOf, type Job, type Ledger, listSteps, type Step } from '@stevedore/ledger'
import { findUnserved } from './find-unserved.ts'

/** A job as callers see it; its place is only asked for while it can have one. */
export async function viewJob(ledger: Ledger, job: Job): Promise<JobView> {
  const [place, waitNote] = await Promise.all([
    mayHavePlace(job) ? getPlaceInLine(ledger, job) : null,
    job.state === 'queued' ? explainQueue(ledger, job) : null,
  ])
  return {
    id: job.id,
    kind: job.kind,
    app: job.app,
    environment: job.environment,
    state: job.state,
    request: job.request,
    targets: listJobTargets(job.resolved),
    specVersion: job.specVersion,
    image: imageOf(job),
    progress: job.progress,
    attempt: job.attempt,
    failures: job.failures,
    maxFailures: job.maxFailures,
    losses: job.losses,
    waitingFor: waitNote === null ? job.waitingFor : 'worker',
    waitNote,
    dueAt: writeTime(job.dueAt),
    place,
    error: job.error && viewFailure(job.error),
    result: job.result,
    requestedBy: job.requestedBy,
    parentId: job.parentId,
    correlationId: job.correlationId,
    createdAt: job.createdAt.toISOString(),
    startedAt: writeTime(job.startedAt),
    finishedAt: writeTime(job.finishedAt),
  }
}

/** Why nobody takes it from the queue, where nobody can. A job can be shown without this. */
async function explainQueue(ledger: Ledger, { kind }: Job): Promise<string | null> {
  const unserved = await findUnserved(ledger).catch(() => undefined)
  return unserved?.get(kind) ?? null
}

/** A dry run and a command stand in no line. */
function mayHavePlace({ kind, environment, state, resolved }: Job): boolean {
  const isDryRun = 'dryRun' in resolved && resolved.dryRun
  return environment !== null && kind !== 'run' && !isDryRun && (state === 'waiting' || state === 'queued')
}

function listJobTargets(resolved: ResolvedJob): string[] {
  if ('targets' in resolved) return resolved.targets ?? []
  if ('images' in resolved) return [...new Set(resolved.images.map(({ target }) => target))]
  return 'target' in resolved && resolved.target !== null ? [resolved.target] : []
}

export async function viewJobDetail(ledger: Ledger, job: Job): Promise<JobDetailView> {
  const [view, steps] = await Promise.all([viewJob(ledger, job), listSteps(ledger, job.id)])
  return { ...view, steps: steps.map(viewStep), planned: listPlanned(job, steps), verbs: listVerbs(job) }
}

/** Of a job that is over, or on its way back, nothing is to come. A plan that cannot be read any more is none. */
function listPlanned({ state, control }: Job, steps: Step[]): string[] {
  const plan = stepResults.plan.safeParse(steps.find(({ name }) => name === 'plan')?.result).data
  if (!plan || isFinal(state) || control.abort || control.cancel) return []
  const names = plan.actions.map((action, index) => `${index + 1} ${nameAction(action)}`)
  return names.filter((planned) => !steps.some(({ name }) => name === planned))
}

/** By the rule that judges them when they come. */
function listVerbs(job: Job): JobVerb[] {
  const begun = job.environment !== null && job.startedAt !== null
  const heeded = controlVerbs.filter((verb) => decideVerb(verb, { ...job, begun }, true).kind !== 'refused')
  const isRetried = isFinal(job.state) && job.state !== 'succeeded' && job.kind !== 'run'
  return isRetried ? [...heeded, 'retry'] : heeded
}

/** The operator's detail stays behind. */
function viewFailure(failure: JobFailure): FailureView {
  return {
    code: failure.code,
    message: failure.message,
    remedy: failures[failure.code].remedy,
    runbook: findFailureRunbook(failure.code),
    diagnosis: failure.diagnosis ?? null,
  }
}

function viewStep(step: Step): StepView {
  return {
    name: step.name,
    position: step.position,
    state: step.state,
    attempt: step.attempt,
    startedAt: step.startedAt.toISOString(),
    endedAt: writeTime(step.endedAt),
  }
}

function writeTime(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
