import { buffer } from 'node:stream/consumers'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

test('declares an app once: 201, then 200 with the same ETag and version', async () => {
  const first = await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  expect(first.status).toBe(201)
  expect(first.headers.get('location')).toBe('/v1/apps/shop')
  const again = await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  expect(again.status).toBe(200)
  expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
  expect(again.body).toEqual(first.body)
  expect(again.body).toMatchObject({ app: 'shop', specVersion: 1, spec: { source: { ref: 'main' } } })
})

test('takes an analysis of a Prometheus that is near', async () => {
  const analysis = { prometheus: 'http://prometheus:9090', query: 'up', success: 'result < 0.01' }
  const strategy = { type: 'canary', steps: [{ setWeight: 10 }], analysis } as const
  const spec = { ...sampleSpec('watched'), environments: { staging: { engine: 'docker', strategy } } }
  expect((await api.call('PUT', '/v1/apps/watched', { body: spec })).status).toBe(201)
})

test('what was read is taken back unchanged', async () => {
  const read = await api.call('GET', '/v1/apps/shop')
  const put = await api.call('PUT', '/v1/apps/shop', { body: read.body.spec })
  expect(put.body.specVersion).toBe(read.body.specVersion)
})

test('a change with the ETag of an older declaration is refused: 412', async () => {
  const { headers } = await api.call('GET', '/v1/apps/shop')
  const etag = headers.get('etag') ?? ''
  const changed = { ...sampleSpec(), retain: { images: 5 } }
  const taken = await api.call('PUT', '/v1/apps/shop', { body: changed, headers: { 'if-match': etag } })
  expect(taken).toMatchObject({ status: 200, body: { specVersion: 2 } })
  for (const stale of [etag, 'W/"x"', 'x'])
    expect(
      await api.call('PUT', '/v1/apps/shop', { body: sampleSpec(), headers: { 'if-match': stale } }),
    ).toMatchObject({ status: 412, body: { type: '/problems/precondition-failed' } })
  expect((await api.call('GET', '/v1/apps/shop')).body.specVersion).toBe(2)
})

test('an app with unfinished jobs stays: 409; without it is retired and gone', async () => {
  await api.call('PUT', '/v1/apps/short', { body: sampleSpec('short') })
  const { body: job } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'short' } })
  expect(await api.call('DELETE', '/v1/apps/short')).toMatchObject({ status: 409, body: { type: '/problems/in-use' } })
  await api.call('POST', `/v1/jobs/${job.id}/cancel`)
  expect((await api.call('DELETE', '/v1/apps/short')).status).toBe(204)
  expect((await api.call('GET', '/v1/apps/short')).status).toBe(404)
  expect((await api.call('GET', '/v1/apps')).body.items.map(({ app }: { app: string }) => app)).not.toContain('short')
})

async function makeTar(name: string, bytes = 100): Promise<Buffer<ArrayBuffer>> {
  const tar = pack()
  tar.entry({ name }, Buffer.alloc(bytes, 'x'))
  tar.finalize()
  return buffer(tar as unknown as AsyncIterable<Buffer>)
}

test('row 60: takes an archive that is safe, and gives the id to build from', async () => {
  await api.call('PUT', '/v1/apps/local', { body: { ...sampleSpec('local'), source: {} } })
  const upload = (body: Uint8Array, type: string) =>
    api.call('POST', '/v1/apps/local/uploads', { body, headers: { 'content-type': type } })
  const tar = await makeTar('Dockerfile')
  const kept = await upload(tar, 'application/x-tar')
  expect(kept).toMatchObject({ status: 201, body: { bytes: tar.length } })
  const job = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'local', upload: kept.body.id } })
  expect(job).toMatchObject({ status: 202, body: { request: { upload: kept.body.id } } })
  expect(await upload(await makeTar('big', 1_048_577), 'application/x-tar')).toMatchObject({ status: 413 })
  expect(await upload(new Uint8Array(10), 'application/zip')).toMatchObject({ status: 415 })
  const before = await readContents(api.databaseUrl)
  for (const unsafe of [await makeTar('../outside'), new Uint8Array(2_048), Buffer.from('hello'.repeat(400))])
    expect(await upload(unsafe, 'application/x-tar')).toMatchObject({
      status: 422,
      body: { type: '/problems/bad-archive' },
    })
  expect(await readContents(api.databaseUrl)).toEqual(before)
})
