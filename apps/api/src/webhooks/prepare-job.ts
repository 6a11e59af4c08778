import { type BuildRequest, type FollowUp, ProblemError, type TriggerAction, version } from '@stevedore/contract'
import { findEnvironment, resolveBuild, resolveDeploy, resolvePush } from '@stevedore/domain'
import { type AppRecord, getEnvironment, type Ledger, listImages, type NewJob } from '@stevedore/ledger'
import type { Chain } from './choose-chains.ts'
import type { RepositoryEvent } from './delivery.ts'

export interface Prepared {
  job: NewJob | undefined
  /** Why something was left out. */
  reasons: string[]
}

/** Settles a chain: its first action as a job, the others as what follows it. */
export async function prepareJob(
  ledger: Ledger,
  app: AppRecord,
  event: RepositoryEvent,
  chain: Chain,
): Promise<Prepared> {
  const reasons: string[] = []
  const [first, ...rest] = await leaveOut(ledger, app, event, chain, reasons)
  if (!first) return { job: undefined, reasons }
  try {
    const job = await settle(ledger, app, event, first)
    return { job: { ...job, next: rest.map((action) => toFollowUp(action, first)) }, reasons }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { job: undefined, reasons: [...reasons, `${nameAction(first)}: ${error.message}`] }
  }
}

/** A fork's code goes no further than a build; a rollback's pin holds against triggers. */
async function leaveOut(ledger: Ledger, app: AppRecord, event: RepositoryEvent, chain: Chain, reasons: string[]) {
  if (event.on === 'pull_request' && event.fork) {
    const builds = chain.filter((action) => action.kind === 'build')
    if (builds.length < chain.length) reasons.push('a fork’s pull request is built without secrets and goes no further')
    return builds
  }
  const kept: Chain = []
  for (const action of chain) {
    const pinned = action.kind === 'deploy' && (await isPinned(ledger, app.app, action.argument ?? ''))
    if (pinned) reasons.push(`${nameAction(action)}: the environment is pinned by a rollback`)
    else kept.push(action)
  }
  return kept
}

async function isPinned(ledger: Ledger, app: string, environment: string): Promise<boolean> {
  return Boolean((await getEnvironment(ledger, app, environment))?.pinnedBy)
}

async function settle(ledger: Ledger, app: AppRecord, event: RepositoryEvent, action: TriggerAction): Promise<NewJob> {
  const common = { kind: action.kind, app: app.app, specVersion: app.specVersion }
  if (action.kind === 'build') {
    const request = toBuild(app.app, event, action.argument)
    const trusted = !(event.on === 'pull_request' && event.fork)
    return { ...common, request: { ...request, trigger: event }, payload: resolveBuild(request, app.spec, trusted) }
  }
  const images = await listImages(ledger, { app: app.app })
  if (action.kind === 'push') {
    const request = { kind: 'push', app: app.app, version: images[0]?.version ?? '(none)' } as const
    return { ...common, request: { ...request, trigger: event }, payload: resolvePush(request, images) }
  }
  const request = { kind: 'deploy', app: app.app, environment: action.argument ?? '' } as const
  const { approval, queue } = findEnvironment(app.spec, request.environment)
  return {
    ...common,
    environment: request.environment,
    request: { ...request, trigger: event },
    payload: resolveDeploy(request, app.spec, images, false),
    approval: approval === 'required',
    queue,
  }
}

/** The exact commit where the event names one: a branch may move on before the build begins. */
function toBuild(app: string, event: RepositoryEvent, target: string | undefined): BuildRequest {
  const common = { kind: 'build', app, ...(target ? { target } : {}) } as const
  if (event.on === 'push') return { ...common, ref: event.commit }
  if (event.on === 'tag')
    return { ...common, ref: event.tag, ...(version.safeParse(event.tag).success ? { version: event.tag } : {}) }
  if (event.ref === null)
    throw new ProblemError('invalid-ref', 'the forge has no ref for this pull request that can be fetched')
  return { ...common, ref: event.ref }
}

function toFollowUp(action: TriggerAction, first: TriggerAction): FollowUp {
  const target = first.kind === 'build' && first.argument && first.argument !== 'all' ? { target: first.argument } : {}
  return action.kind === 'deploy'
    ? { kind: 'deploy', environment: action.argument ?? '', ...target }
    : { kind: 'push', ...target }
}

function nameAction({ kind, argument }: TriggerAction): string {
  return argument ? `${kind} ${argument}` : kind
}
