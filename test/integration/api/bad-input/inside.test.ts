import { readContents } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, headersOf, isGuarded, listRoutes } from '../every-route.ts'
import { expectTellsNothing } from '../expect-refused.ts'
import { sampleBodies } from '../sample-bodies.ts'
import { openShop, type Shop } from './shop.ts'

/* What goes wrong inside is no caller's to know: the tables are not where they should be, so that each route fails in the middle. */
let shop: Shop
let before: Record<string, string>
beforeAll(async () => {
  shop = await openShop()
  const client = new Client({ connectionString: shop.api.databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema = 'public' AND table_name <> 'tokens'`,
  )
  for (const { name } of rows) await client.query(`ALTER TABLE "${name}" RENAME TO "${name}_away"`)
  await client.end()
  before = await readContents(shop.api.databaseUrl)
})
afterAll(() => shop.api.close())

/** Those that need nothing but the tokens, or do not come so far with a request like this. */
const apart = [
  ...['GET /v1/tokens', 'GET /v1/audit/guard', 'GET /v1/checks', 'GET /metrics', 'GET /v1/me'],
  ...['PUT /v1/certificates/:name', 'DELETE /v1/grants', 'DELETE /v1/tokens/:id'],
]

/** A stream has begun when it fails: it ends, and says nothing. */
const answering = listRoutes(isGuarded).filter(([title]) => title !== 'GET /v1/events')

describe('row 21', () => {
  test.each(answering)('%s', async (title, route) => {
    const { api, jobId } = shop
    const body = route.body && { body: sampleBodies(route.url)[0] }
    const answer = await api.call(route.method, addressOf(route, { id: jobId }), { ...body, headers: headersOf(route) })
    expectTellsNothing(api, answer)
    if (apart.includes(title)) return
    expect(answer).toMatchObject({ status: 500, body: { type: '/problems/internal' } })
    expect(api.readLogs()).toContain(answer.body.instance)
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })
})

test('the log says what', () => {
  expect(shop.api.readLogs()).toMatch(/relation .*apps.* does not exist/)
})
