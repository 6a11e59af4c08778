import type { Reach, Right } from '@stevedore/contract'
import { notFound, refuseFaults } from '@stevedore/contract'
import {
  findJobsByPrefix,
  getApp,
  getEnvironment,
  getJob,
  type Job,
  type Ledger,
  type TokenRecord,
} from '@stevedore/ledger'
import { outsideScope } from './refusals.ts'
import type { Subjects } from './route.ts'

/** A thing as scopes see it; `environment: null` is the app as a whole. */
export interface Scope {
  app: string
  environment: string | null
}

/** A token of one environment also sees what belongs to its app as a whole, since deploys build on it. */
export function canSee(token: TokenRecord, scope: Scope): boolean {
  if (token.app !== null && token.app !== scope.app) return false
  return token.environment === null || scope.environment === null || token.environment === scope.environment
}

/** Throws not-found for what the token cannot see, forbidden for what it sees but may not touch as a whole. */
export function requireReach(token: TokenRecord, right: Right, scope: Scope): void {
  if (!canSee(token, scope)) throw notFound()
  if (right !== 'read' && token.environment !== null && scope.environment === null) throw outsideScope()
}

/** Of no app or environment alone. */
export function isServerWide({ app, environment }: TokenRecord): boolean {
  return app === null && environment === null
}

export function requireServerReach(token: TokenRecord): void {
  if (!isServerWide(token)) throw outsideScope()
}

type Finder<R extends Reach> = (
  ledger: Ledger,
  token: TokenRecord,
  right: Right,
  params: Record<string, string>,
) => Promise<Subjects[R]>

/** Finds what a request is about, within the token's scope. */
export const finders: { [R in Reach]: Finder<R> } = {
  async server(_ledger, token) {
    requireServerReach(token)
    return undefined
  },
  async scoped() {
    return undefined
  },
  async 'app-name'(_ledger, token, right, params) {
    requireReach(token, right, { app: params.app ?? '', environment: null })
    return undefined
  },
  async app(ledger, token, right, params) {
    requireReach(token, right, { app: params.app ?? '', environment: null })
    return (await getApp(ledger, params.app ?? '')) ?? refuse()
  },
  async environment(ledger, token, right, params) {
    const { app: name = '', environment = '' } = params
    requireReach(token, right, { app: name, environment })
    const app = (await getApp(ledger, name)) ?? refuse()
    const settings = Object.hasOwn(app.spec.environments, environment) ? app.spec.environments[environment] : undefined
    // An environment that left the spec keeps its history.
    if (!settings && !(await getEnvironment(ledger, name, environment))) throw notFound()
    return { app, environment, settings }
  },
  async job(ledger, token, right, params) {
    const job = (await findJob(ledger, token, params.id ?? '')) ?? refuse()
    requireReach(token, right, job)
    return job
  },
}

const uuidLength = 36
const shownCandidates = 5

/** By its id, or by the beginning of it; throws where several that the token can see begin alike. */
async function findJob(ledger: Ledger, token: TokenRecord, reference: string): Promise<Job | undefined> {
  if (reference.length === uuidLength) return getJob(ledger, reference)
  const scope = { app: token.app, environment: token.environment }
  const found = await findJobsByPrefix(ledger, { prefix: reference, limit: shownCandidates + 1, scope })
  if (found.length > 1) throw refuseFaults([{ path: ['id'], code: 'ambiguous', message: describeCandidates(found) }])
  return found[0]
}

function describeCandidates(found: readonly Job[]): string {
  const names = found
    .slice(0, shownCandidates)
    .map(({ id, kind, app, environment }) => `${id} (${kind} of ${[app, environment].filter(Boolean).join('/')})`)
  return `several jobs begin so: ${names.join(', ')}${found.length > shownCandidates ? ' …' : ''}`
}

function refuse(): never {
  throw notFound()
}
