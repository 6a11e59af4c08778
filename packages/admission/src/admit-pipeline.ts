import {
  type FollowUp,
  nameRef,
  ProblemError,
  type RecordedRequest,
  type RepositoryEvent,
  type TriggerAction,
} from '@stevedore/contract'
import { deriveVersion } from '@stevedore/domain'
import type { Job, NewJob } from '@stevedore/ledger'
import { type Admission, admit, type DeclaredApp, findObstacle, type Origin } from './admit.ts'
import type { Pipeline } from './choose-pipelines.ts'
import type { Facts } from './facts.ts'

export interface PipelineAdmission {
  /** The pipeline's first job; the others follow it, each when the one before has succeeded. */
  job: NewJob | undefined
  /** Why something was left out. */
  reasons: string[]
}

/** What a pipeline that an event starts begins with. What may not go on now is left out, each action with its reason. */
export async function admitPipeline(
  facts: Facts,
  app: DeclaredApp,
  event: RepositoryEvent,
  pipeline: Pipeline,
): Promise<PipelineAdmission> {
  const { kept, reasons } = await leaveOut(facts, app, { by: 'trigger', event }, pipeline)
  const [first, ...rest] = kept
  if (!first) return { job: undefined, reasons }
  const admission = await admitFirst(facts, app, event, first)
  if ('refusal' in admission)
    return { job: undefined, reasons: [...reasons, `${nameAction(first)}: ${admission.refusal.message}`] }
  return { job: { ...admission.job, next: rest.map((action) => toFollowUp(action, first)) }, reasons }
}

/** Nothing that would follow is left of a pipeline whose build or push is left out: it would go on with another version. */
async function leaveOut(facts: Facts, app: DeclaredApp, origin: Origin, pipeline: Pipeline) {
  const kept: Pipeline = []
  const reasons = new Set<string>()
  for (const action of pipeline) {
    const { kind, argument } = action
    const asked = kind === 'deploy' ? { kind, environment: argument } : { kind }
    const obstacle = await findObstacle(facts, app, asked, origin)
    if (obstacle) reasons.add(obstacle.message)
    else kept.push(action)
    if (obstacle && kind !== 'deploy') break
  }
  return { kept, reasons: [...reasons] }
}

async function admitFirst(facts: Facts, app: DeclaredApp, event: RepositoryEvent, action: TriggerAction) {
  const request = await toRequest(facts, app.app, event, action)
  if (request instanceof ProblemError) return { refusal: request }
  return admit(facts, app, { ...request, trigger: event }, { by: 'trigger', event })
}

/** A pipeline that begins with a push pushes what was built last, of what is merged. */
async function toRequest(
  facts: Facts,
  app: string,
  event: RepositoryEvent,
  { kind, argument }: TriggerAction,
): Promise<RecordedRequest | ProblemError> {
  if (kind === 'deploy') return { kind, app, environment: argument ?? '' }
  if (kind === 'build') return toBuild(app, event, argument)
  const newest = (await facts.listImages()).find(({ pullRequest }) => pullRequest === null)
  return newest
    ? { kind, app, version: newest.version }
    : new ProblemError('no-such-image', `nothing was built of ${app} yet`)
}

/** By its full name, since a branch and a tag may share the short one. The event goes along, and with it the commit. */
function toBuild(app: string, event: RepositoryEvent, target: string | undefined): RecordedRequest | ProblemError {
  const ref = nameRef(event)
  if (ref === null)
    return new ProblemError('invalid-ref', 'the forge has no ref for this pull request that can be fetched')
  const version = event.on === 'tag' ? deriveVersion(event.tag) : undefined
  return { kind: 'build', app, ref, ...(target && { target }), ...(version && { version }) }
}

function toFollowUp(action: TriggerAction, first: TriggerAction): FollowUp {
  const target = first.kind === 'build' && first.argument && first.argument !== 'all' ? { target: first.argument } : {}
  return action.kind === 'deploy'
    ? { kind: 'deploy', environment: action.argument ?? '', ...target }
    : { kind: 'push', ...target }
}

function nameAction({ kind, argument }: { kind: string; argument?: string | undefined }): string {
  return argument ? `${kind} ${argument}` : kind
}

/** What a job of a pipeline has made or moved. */
export interface Made {
  version: string
  /** Of the build that began the pipeline, where it was of one target: what follows is about that one, whatever else is there. */
  target: string | undefined
}

/**
 * The next job of a pipeline, now that is known what the one before has made or moved; undefined at its end. It is recorded
 * with the success of that job, or not at all. What may not go on now is left out; what a rule refuses was accepted when the pipeline
 * began, so its refusal is for that job to tell.
 */
export async function admitFollowUp(
  facts: Facts,
  app: DeclaredApp,
  parent: Pick<Job, 'id' | 'next' | 'request'>,
  made: Made,
): Promise<Admission | { leftOut: string } | undefined> {
  const [next, ...rest] = parent.next
  if (!next) return undefined
  const request = { ...toFollowUpRequest(app.app, next, made), trigger: parent.request.trigger }
  const obstacle = await findObstacle(facts, app, next, { by: 'pipeline' })
  if (obstacle)
    return { leftOut: `${nameAction({ kind: next.kind, argument: next.environment })}: ${obstacle.message}` }
  const admission = await admit(facts, app, request, { by: 'pipeline' })
  return 'job' in admission ? { job: { ...admission.job, next: rest, parentId: parent.id } } : admission
}

function toFollowUpRequest(app: string, { kind, environment = '', ...next }: FollowUp, made: Made): RecordedRequest {
  const target = next.target ?? made.target
  const common = { app, version: made.version, ...(target && { target }) }
  return kind === 'push' ? { kind, ...common } : { kind, environment, ...common }
}
