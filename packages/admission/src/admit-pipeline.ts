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
import { type Admission, admit, findBar, findLack, findObstacle, type Origin } from './admit.ts'
import type { Pipeline } from './choose-pipelines.ts'
import type { Facts } from './facts.ts'
import type { Asked } from './find-lack.ts'
import type { DeclaredApp } from './standing.ts'

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

/**
 * What is barred now is left out. What a later action lacks may be there when its turn comes: it is kept, judged then, and told now. Nothing
 * that would follow is left of a pipeline whose build or push is left out: it would go on with another version.
 */
async function leaveOut(facts: Facts, app: DeclaredApp, origin: Origin, pipeline: Pipeline) {
  const kept: Pipeline = []
  const reasons = new Set<string>()
  for (const action of pipeline) {
    const asked = toAsked(action)
    const bar = await findBar(facts, asked, origin)
    if (bar) reasons.add(bar.message)
    if (bar && action.kind !== 'deploy') break
    if (bar) continue
    const lack = kept.length > 0 && (await findLack(facts, app, asked, origin))
    if (lack) reasons.add(`${nameAction(action)} waits for this: ${lack.message}`)
    kept.push(action)
  }
  return { kept, reasons: [...reasons] }
}

function toAsked({ kind, argument }: TriggerAction): Asked {
  return kind === 'deploy' ? { kind, environment: argument } : { kind }
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
  if (obstacle) return { leftOut: describeLeftOut(app.app, parent.next, made, obstacle) }
  const admission = await admit(facts, app, request, { by: 'pipeline' })
  return 'job' in admission ? { job: { ...admission.job, next: rest, parentId: parent.id } } : admission
}

/** What was to come, why it does not, and the command that still brings each deploy of it. */
function describeLeftOut(app: string, left: readonly FollowUp[], made: Made, { message }: ProblemError): string {
  const names = left.map(({ kind, environment }) => nameAction({ kind, argument: environment }))
  const commands = left.map((next) => `\`${nameCommand(toFollowUpRequest(app, next, made))}\``)
  return `${names.join(', ')}: ${message}. To go on then: ${commands.join(', ')}`
}

function nameCommand({ kind, app, version, target, environment }: FollowUpRequest): string {
  const option = target === undefined ? '' : ` --target ${target}`
  return kind === 'push'
    ? `stevedore push ${app} ${version}${option}`
    : `stevedore deploy ${app} ${environment} --version ${version}${option}`
}

type FollowUpRequest = { app: string; version: string; target?: string } & (
  | { kind: 'push'; environment?: undefined }
  | { kind: 'deploy'; environment: string }
)

function toFollowUpRequest(app: string, { kind, environment = '', ...next }: FollowUp, made: Made): FollowUpRequest {
  const target = next.target ?? made.target
  const common = { app, version: made.version, ...(target && { target }) }
  return kind === 'push' ? { kind, ...common } : { kind, environment, ...common }
}
