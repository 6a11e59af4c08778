import { operations } from '@stevedore/contract'
import { readContents, sampleSpec } from '@stevedore/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { type Foreign, makeRequests, placeText } from './foreign-text.ts'
import { startHookedApi } from './hooked-shop.ts'
import { playBuild, playDeploy } from './play-worker.ts'

/*
 * Whatever a caller sends, to whichever operation: it is taken or refused, never a fault of the server, and what is refused changes nothing.
 */
const requestsEach = 40
/** The same requests each time. Another seed sends others. */
const seed = 20_261_126
/** An answer that has not ended by then is a stream that goes on. */
const patienceMs = 2_000

let api: TestApi
let id: string
beforeAll(async () => {
  api = await startHookedApi()
  await playBuild(api)
  await playDeploy(api)
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  id = body.id
  await api.call('POST', `/v1/jobs/${id}/cancel`, { body: {} })
})
afterAll(() => api.close())

/** What an earlier request took away is there again. */
beforeEach(async () => {
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await api.call('PUT', '/v1/secrets/KEY', { body: { value: 'the value of it' } })
})

/** @returns its status; undefined for a stream that goes on */
async function send({ method, path, ...request }: Foreign): Promise<number | undefined> {
  const signal = AbortSignal.timeout(patienceMs)
  try {
    return (await api.call(method, path, { ...request, signal })).status
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

describe.each(Object.entries(operations))('%s', (_name, operation) => {
  test('takes it or refuses it', async () => {
    const refused: Foreign[] = []
    const property = fc.asyncProperty(makeRequests(operation, { id }), async (request) => {
      const status = (await send(request)) ?? 200
      expect(status).toBeLessThan(500)
      if (status >= 400) refused.push(request)
    })
    await fc.assert(property, { numRuns: requestsEach, seed })

    const before = await readContents(api.databaseUrl)
    const again = []
    for (const request of refused) again.push((await send(request)) ?? 400)
    expect(again.filter((status) => status < 400 || status >= 500)).toEqual([])
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })
})

/** As addresses write it: NUL, also far in; an override of direction; a zero-width space. */
const unholdable = ['%00', 'a%00', 'a%E2%80%AEb', 'a%E2%80%8B']

describe('text that the ledger cannot hold, or that reads as another, is refused in every place of an address', () => {
  test.each(Object.values(operations).map((operation) => [`${operation.method} ${operation.url}`, operation] as const))(
    '%s',
    async (_title, operation) => {
      const before = await readContents(api.databaseUrl)
      for (const text of unholdable)
        for (const path of placeText(operation, text, { id })) {
          const { status } = await api.call(operation.method, path, { ...('body' in operation && { body: {} }) })
          expect([401, 404, 415, 422], path).toContain(status)
        }
      expect(await readContents(api.databaseUrl)).toEqual(before)
    },
  )
})

test.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00%2B23:59', '9999-12-31T23:59:59-23:59'])(
  'a time that the ledger does not know is refused: %s',
  async (since) => {
    expect(await api.call('GET', `/v1/audit?since=${since}`)).toMatchObject({ status: 422 })
  },
)

test.each([
  '00000000----------------------------',
  '00000000-0000-0000-0000-0000000000-0',
  '00000000-0000-00000000-0000-00000000',
])('what only looks like an id is none: %s', async (reference) => {
  for (const path of ['', '/events', '/logs'])
    expect(await api.call('GET', `/v1/jobs/${reference}${path}`)).toMatchObject({ status: 404 })
})
