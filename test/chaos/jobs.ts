import { randomUUID } from 'node:crypto'
import { appSpec, type ResolvedBuild, type StrategyType } from '@stevedore/contract'
import { type By, enqueueJob, type Job, type Ledger, type NewJob, putApp } from '@stevedore/ledger'

export const by: By = { actor: 'token:ada', correlationId: 'chaos' }

const registry = 'registry.example.com'

/** Declares an app, by default of a name of its own. @param staging settings of its environment; @param git where its source is */
export async function declareApp(
  ledger: Ledger,
  git: string,
  staging: object = {},
  app = `app-${randomUUID().slice(0, 8)}`,
): Promise<string> {
  const spec = appSpec.parse({
    app,
    source: { git },
    image: { registry, name: `acme/${app}` },
    environments: { staging: { engine: 'docker', port: 8081, drain: '0s', ...staging } },
  })
  await putApp(ledger, { spec, by })
  return app
}

/** A build that also pushes, unless told otherwise. */
export function enqueueBuild(ledger: Ledger, app: string, version?: string, push?: boolean): Promise<Job> {
  return enqueue(ledger, describeBuild(app, version, push))
}

export function describeBuild(app: string, version = '1.0.0', push = true): NewJob {
  const resolved: ResolvedBuild = {
    kind: 'build',
    targets: ['production'],
    ref: null,
    version,
    push,
    registry,
    noCache: false,
    upload: null,
    cacheScope: app,
    trusted: true,
  }
  const request = { kind: 'build', app, version } as const
  return { kind: 'build', app, environment: null, specVersion: 1, request, resolved }
}

/** Of what `enqueueBuild` has built. */
export function enqueuePush(ledger: Ledger, app: string, version = '1.0.0'): Promise<Job> {
  const resolved = { kind: 'push' as const, images: [{ version, target: 'production' }] }
  const request = { kind: 'push', app, version } as const
  return enqueue(ledger, { kind: 'push', app, environment: null, specVersion: 1, request, resolved })
}

export function enqueueDeploy(ledger: Ledger, app: string, version?: string, strategy?: StrategyType): Promise<Job> {
  return enqueue(ledger, describeDeploy(app, version, strategy))
}

/** @param strategy in the place of the environment's */
export function describeDeploy(app: string, version = '1.0.0', strategy: StrategyType | null = null): NewJob {
  const resolved = {
    kind: 'deploy',
    image: `${registry}/acme/${app}@sha256:${'ab'.repeat(32)}`,
    version,
    target: 'production',
    dryRun: false,
    strategy,
    byPerson: true,
  } as const
  const request = { kind: 'deploy', app, environment: 'staging', version } as const
  return { kind: 'deploy', app, environment: 'staging', specVersion: 1, request, resolved }
}

/** It waits for an approval first, so that a hold can be set for it. */
export function enqueueRemoval(ledger: Ledger, app: string): Promise<Job> {
  const request = { kind: 'deploy', app, environment: 'staging', remove: true } as const
  const resolved = { kind: 'deploy', remove: true } as const
  return enqueue(ledger, {
    kind: 'deploy',
    app,
    environment: 'staging',
    specVersion: 1,
    request,
    resolved,
    approval: true,
    selfApproval: true,
  })
}

export function enqueueRollback(ledger: Ledger, app: string, toRevision: number): Promise<Job> {
  const image = `${registry}/acme/${app}@sha256:${'ab'.repeat(32)}`
  const resolved = { kind: 'rollback', toRevision, image, version: `${toRevision}.0.0`, target: null } as const
  const request = { kind: 'rollback', app, environment: 'staging', toRevision } as const
  return enqueue(ledger, { kind: 'rollback', app, environment: 'staging', specVersion: 1, request, resolved })
}

/** A command in a revision that runs. */
export function enqueueRun(ledger: Ledger, app: string, revision: number): Promise<Job> {
  const image = `${registry}/acme/${app}@sha256:${'ab'.repeat(32)}`
  const resolved = { kind: 'run', revision, image, version: `${revision}.0.0` } as const
  const request = { kind: 'run' as const, app, environment: 'staging', command: ['./report'], timeout: '1m' }
  return enqueue(ledger, { kind: 'run', app, environment: 'staging', specVersion: 1, request, resolved })
}

async function enqueue(ledger: Ledger, job: NewJob): Promise<Job> {
  return (await enqueueJob(ledger, { job, by })).job
}
