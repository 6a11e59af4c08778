import { type CheckView, operations } from '@stevedore/contract'
import { findSealedApart, readDatabaseState } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { judgeDatabase } from './check-database.ts'
import { judgeMasterKey } from './check-master-key.ts'
import { judgeRedis } from './check-redis.ts'

const withinMs = 3_000

export const listChecksRoute = defineRoute(operations.listChecks, {
  async handle({ context }) {
    const [database, transport, masterKey] = await Promise.all([
      checkDatabase(context),
      checkTransport(context),
      checkMasterKey(context),
    ])
    return { at: database.at, items: [...database.items, ...masterKey, ...transport] }
  },
})

async function checkDatabase({ ledger }: ApiContext): Promise<{ at: string | null; items: CheckView[] }> {
  const state = await answerWithin(readDatabaseState(ledger))
  if (state) return { at: state.at.toISOString(), items: judgeDatabase(state, Date.now()) }
  const remedy = 'docs/runbooks/ledger-away.md'
  return { at: null, items: [{ name: 'postgres', state: 'bad', found: 'does not answer the server', remedy }] }
}

/** Nothing of a database that does not answer, which is told already. */
async function checkMasterKey({ ledger }: ApiContext): Promise<CheckView[]> {
  const found = await answerWithin(findSealedApart(ledger))
  return found ? [judgeMasterKey(found)] : []
}

async function checkTransport({ transport }: ApiContext): Promise<CheckView[]> {
  if (transport.name === 'postgres')
    return [{ name: 'queue', state: 'good', found: 'PostgreSQL carries the messages: no REDIS_URL is set' }]
  const state = await answerWithin(transport.readRedisState())
  if (state) return judgeRedis(state)
  const remedy = 'docs/runbooks/transport-away.md'
  return [{ name: 'redis', state: 'bad', found: 'does not answer the server', remedy }]
}

/** undefined for what fails or takes too long: the others are told all the same. Why it fails is in no answer, since it names addresses. */
async function answerWithin<T>(answer: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), withinMs)
  return Promise.race([answer.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}
