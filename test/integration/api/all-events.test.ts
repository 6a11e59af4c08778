import { appendEvents, listTokens, revokeToken } from '@stevedore/ledger'
import { openEventStream, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { by, claim, finish } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  for (const app of ['shop', 'other']) await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
})
afterAll(() => api.close())

async function startJob(app = 'shop') {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app } })
  return claim(api, body.id)
}

type EventStream = Awaited<ReturnType<typeof openEventStream>>
type StreamedEvent = NonNullable<Awaited<ReturnType<EventStream['next']>>>

interface Opening {
  query?: string
  token?: string
  after?: string
  address?: string
}

async function open({
  query = '',
  token = api.admin,
  after,
  address = api.address,
}: Opening = {}): Promise<EventStream> {
  const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': after }) }
  const stream = await openEventStream(`${address}/v1/events${query}`, headers)
  onTestFinished(() => stream.close())
  return stream
}

/** One that is ready, and its cursor. */
async function follow(opening: Opening = {}): Promise<EventStream & { cursor: string }> {
  const stream = await open(opening)
  const first = await stream.next()
  expect(first).toMatchObject({ event: 'ready', id: expect.stringMatching(/^\d+$/) })
  return { ...stream, cursor: first?.data.cursor }
}

async function take(stream: EventStream, count: number): Promise<StreamedEvent[]> {
  const taken: StreamedEvent[] = []
  while (taken.length < count) {
    const event = await stream.next()
    if (!event) throw new Error(`the stream ended after ${taken.length} of ${count}`)
    taken.push(event)
  }
  return taken
}

const progress = (job: { id: string; attempt: number }, percent: number) =>
  appendEvents(api.ledger, {
    jobId: job.id,
    attempt: job.attempt,
    events: [{ type: 'step.progress' as const, data: { percent } }],
  })

const nameAll = (events: StreamedEvent[]) => events.map(({ event, data }) => `${data.app} ${event}`)

test('what comes of all jobs is told in one stream, with what it is of', async () => {
  await startJob()
  const stream = await follow()
  const [job, other] = [await startJob(), await startJob('other')]
  await progress(other, 40)
  await finish(api, job)
  const events = await take(stream, 6)
  expect(nameAll(events).sort()).toEqual([
    'other job.queued',
    'other job.started',
    'other step.progress',
    'shop job.queued',
    'shop job.started',
    'shop job.succeeded',
  ])
  const told = events.find(({ event }) => event === 'step.progress')
  const { body } = await api.call('GET', `/v1/jobs/${other.id}`)
  expect(told?.data).toMatchObject({
    job: other.id,
    jobId: other.id,
    app: 'other',
    environment: null,
    jobKind: body.kind,
  })
  expect(told?.data).toMatchObject({ seq: 3, data: { percent: 40 } })
  const ids = events.map(({ id }) => Number(id))
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
})

test('it is resumed by either way after any event, at any API, without a gap and without a repeat', async () => {
  const first = await follow()
  const jobs = [await startJob(), await startJob('other')]
  const writing = (async () => {
    for (let percent = 0; percent < 60; percent++) await Promise.all(jobs.map((job) => progress(job, percent)))
  })()
  const second = await startTestApi({ databaseUrl: api.databaseUrl })
  onTestFinished(() => second.close())
  const seen: StreamedEvent[] = []
  let cursor = first.cursor
  for (let turn = 0; seen.length < 124; turn++) {
    const way = turn % 2 === 0 ? { after: cursor } : { query: `?since=${cursor}` }
    const stream = await follow({ ...way, ...(turn % 3 === 0 ? { address: second.address } : {}) })
    for (const event of await take(stream, Math.min(17, 124 - seen.length))) {
      seen.push(event)
      cursor = event.id
    }
    stream.close()
  }
  await writing
  for (const { id } of jobs) {
    const own = seen.filter(({ data }) => data.jobId === id).map(({ data }) => data.seq)
    expect(own).toEqual(Array.from({ length: 62 }, (_, index) => index + 1))
  }
})

test.each(['commits', 'fails'])(
  'an event whose transaction %s late keeps those behind it back, and none is left out',
  async (way) => {
    const [late, prompt] = [await startJob(), await startJob('other')]
    const stream = await follow()
    const client = new Client({ connectionString: api.databaseUrl })
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('begin')
    await client.query('update jobs set event_seq = event_seq + 1 where id = $1', [late.id])
    await client.query(
      `insert into events (job_id, seq, type, data) select id, event_seq, 'step.progress', '{"percent": 1}' from jobs where id = $1`,
      [late.id],
    )
    await progress(prompt, 2)
    // Another that follows meanwhile is not ready before it is known what was before it.
    const another = await open()
    const next = stream.next()
    const isSeen = await Promise.race([next.then(() => true), progress(prompt, 3).then(() => false)])
    expect(isSeen).toBe(false)
    await client.query(way === 'commits' ? 'commit' : 'rollback')
    const expected = [...(way === 'commits' ? ['shop 1'] : []), 'other 2', 'other 3']
    const told = [await next, ...(await take(stream, expected.length - 1))]
    expect(told.map((event) => `${event?.data.app} ${event?.data.data.percent}`)).toEqual(expected)
    expect((await another.next())?.event).toBe('ready')
  },
)

test('a token is told of what it sees alone, and filters narrow that', async () => {
  const ofShop = await api.createToken('viewer', { app: 'shop' })
  const ofStaging = await api.createToken('viewer', { app: 'shop', environment: 'staging' })
  const streams = await Promise.all([
    follow({ token: ofShop }),
    follow({ token: ofShop, query: '?app=other' }),
    follow({ token: ofStaging }),
    follow({ query: '?app=other' }),
    follow({ query: '?environment=production' }),
  ])
  const other = await startJob('other')
  const deploy = {
    kind: 'deploy',
    app: 'shop',
    environment: 'production',
    image: `registry.example.com/acme/shop@sha256:${'ab'.repeat(32)}`,
  }
  expect(await api.call('POST', '/v1/jobs', { body: deploy })).toMatchObject({ status: 202 })
  const own = await startJob()
  const ofJob = await follow({ query: `?job=${own.id}` })
  await progress(other, 9)
  await progress(own, 10)
  const last = (await take(ofJob, 1))[0]
  expect(last?.data).toMatchObject({ job: own.id, data: { percent: 10 } })
  const [shop, , staging, otherOnly, production] = streams
  expect(nameAll(await take(shop!, 4))).toEqual([
    'shop job.waiting',
    'shop job.queued',
    'shop job.started',
    'shop step.progress',
  ])
  expect(nameAll(await take(staging!, 3))).toEqual(['shop job.queued', 'shop job.started', 'shop step.progress'])
  expect(nameAll(await take(otherOnly!, 3))).toEqual(['other job.queued', 'other job.started', 'other step.progress'])
  expect((await take(production!, 1))[0]?.data).toMatchObject({
    app: 'shop',
    environment: 'production',
    jobKind: 'deploy',
  })
  const nothing = streams[1]!
  nothing.close()
  expect(await nothing.rest()).toEqual([])
})

test('many follow, and each is told all', async () => {
  const streams = await Promise.all(Array.from({ length: 60 }, () => follow()))
  const job = await startJob()
  await progress(job, 1)
  await finish(api, job)
  for (const stream of streams)
    expect(nameAll(await take(stream, 4))).toEqual([
      'shop job.queued',
      'shop job.started',
      'shop step.progress',
      'shop job.succeeded',
    ])
})

test('row 25: it ends within five seconds with its token', async () => {
  const token = await api.createToken('viewer')
  const stream = await follow({ token })
  const newest = (await listTokens(api.ledger)).at(-1)
  await revokeToken(api.ledger, { id: newest?.id ?? '', by })
  const started = performance.now()
  await stream.rest()
  expect(performance.now() - started).toBeLessThan(5_000)
})

test('events that are older than positions are in no stream, and a cursor of another ledger begins now', async () => {
  const job = await startJob()
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  await client.query('update events set position = null where job_id = $1', [job.id])
  await client.end()
  const all = await follow({ query: '?since=0' })
  const ahead = await follow({ query: '?since=999999999999' })
  expect(Number(ahead.cursor)).toBeLessThan(999_999_999)
  await progress(job, 77)
  expect((await take(ahead, 1))[0]?.data).toMatchObject({ job: job.id, data: { percent: 77 } })
  for (let event = await all.next(); event?.data.data?.percent !== 77; event = await all.next())
    expect(event?.data.job).not.toBe(job.id)
})

test('what is no cursor is refused', async () => {
  for (const query of ['?since=x', '?since=-1', '?job=1', '?app=../x', '?limit=1'])
    expect((await open({ query })).status).toBe(422)
  expect((await open({ after: 'x' })).status).toBe(422)
  expect((await open({ token: 'stv_wrong' })).status).toBe(401)
})

test('a server that stops ends it, and tells no one to begin anew', async () => {
  const other = await startTestApi({ databaseUrl: api.databaseUrl })
  const stream = await follow({ address: other.address })
  const [, rest] = await Promise.all([other.close(), stream.rest()])
  expect(rest).toEqual([])
})
