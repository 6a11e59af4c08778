import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { environmentSpec } from '@stevedore/contract'
import type { Place } from '@stevedore/engine'
import {
  type Answer,
  type Behaviour,
  type DeployHarness,
  expectServed as expectServedBy,
} from '@stevedore/engine/conformance'
import { deployAppMigration } from '@stevedore/testkit'
import type { Stage } from './stage.ts'
import { makeForeignClaim, openStorage } from './storage.ts'

export interface PlaceOptions {
  replicas?: number
  strategy?: unknown
  settings?: Record<string, unknown>
  /** Volumes that are not the app's own. */
  claims?: string[] | undefined
}

/** With what its claims are given, once that is there. */
export interface PlaceHarness extends DeployHarness {
  storage: Promise<unknown>
}

/** A place of its own in a stage's namespace. */
export function openPlace(
  stage: Stage,
  { replicas = 1, strategy = 'rolling', settings = {}, claims = [] }: PlaceOptions = {},
): PlaceHarness {
  const app = `a${randomBytes(4).toString('hex')}`
  const build = (more: object = {}) =>
    environmentSpec.parse({
      engine: 'kubernetes',
      namespace: stage.namespace,
      replicas,
      strategy,
      health: { ...health, deadline: '60s' },
      drain: '5s',
      timeout: '3m',
      ...settings,
      ...more,
    })
  const place: Place = { app, environment: 'test', settings: build() }
  const storage = openStorage(stage, place, claims)
  return {
    storage,
    engine: stage.engine,
    place,
    makeRelease: ({ revision, behaviour, files }) => ({
      ...place,
      revision,
      version: `1.0.${revision}`,
      image: behaviour === 'missing-image' ? stage.image.replace(/[0-9a-f]{64}$/, 'd'.repeat(64)) : stage.image,
      secrets: {},
      credential: undefined,
      changeCause: `deploy 1.0.${revision}`,
      settings: build({
        env: { REVISION: String(revision), BEHAVIOUR: behaviour },
        ...(files ? { files } : {}),
        ...settingsFor(behaviour, settings),
      }),
    }),
    request: createRequester(stage, place),
    followsLater: true,
    makeForeignVolume: (name) => makeForeignClaim(stage, `${app}.test.${name}`),
    cleanup: async () => {
      const selector = `stevedore.io/app=${app}`
      const kinds =
        'deployments,statefulsets,services,jobs,horizontalpodautoscalers,ingresses,poddisruptionbudgets,serviceaccounts,secrets,networkpolicies'
      await stage.kubectl(['delete', kinds, '--selector', selector, '--wait=false', '--ignore-not-found'])
      await (await storage).close()
    },
  }
}

/** What a Service carries. */
export async function expectServed(request: DeployHarness['request'], revision: number): Promise<void> {
  await expectServedBy({ request, followsLater: true }, revision)
}

const health = { path: '/health', interval: '1s', steadyInterval: '1s', timeout: '2s', threshold: 1 }

/** Only who waits for a health deadline has a short one: a busy machine may be slow to start what is healthy. */
function settingsFor(behaviour: Behaviour, settings: object = {}): object {
  if (behaviour === 'never-healthy' && !('health' in settings)) return { health: { ...health, deadline: '8s' } }
  if (behaviour === 'check-fails') return { check: { path: '/check', timeout: '5s' } }
  return behaviour.startsWith('migrat') ? { migrate: { command: deployAppMigration, timeout: '2m' } } : {}
}

/**
 * Through the Service's address, which is looked up again only when the app did not answer there: a Service that was made anew has
 * another one.
 */
function createRequester(stage: Stage, place: Place): (path: string) => Promise<Answer> {
  let address: string | undefined
  const look = async () => (await stage.engine.observe(place, AbortSignal.timeout(30_000))).address
  return async (path) => {
    address ??= await look()
    const answer = await ask(`${address}${path}`).catch((error: Error) => error)
    if (!(answer instanceof Error) && answer.revision !== undefined) return answer
    const now = await look()
    if (now !== undefined && now !== address) {
      address = now
      return ask(`${address}${path}`)
    }
    if (answer instanceof Error) throw answer
    return answer
  }
}

function ask(url: string, timeoutMs = 8_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume().once('end', () => {
        const revision = response.headers['x-revision']
        resolve({ status: response.statusCode ?? 0, revision: revision === undefined ? undefined : Number(revision) })
      })
      response.once('error', reject)
    })
    sent.once('error', reject).end()
  })
}
