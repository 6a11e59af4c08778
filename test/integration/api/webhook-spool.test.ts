import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, sampleSpec, startTcpProxy } from '@stevedore/testkit'
import { afterEach, expect, test } from 'vitest'
import { type ApiProcess, startApiProcess } from '../../harness/api-process.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const secret = 'the-secret-of-this-hook'

/** What GitHub sends of a push. */
function signPush(deliveryId: string, commit: string, key = secret) {
  const repository = { clone_url: sampleSpec('shop').source?.git }
  const body = JSON.stringify({ ref: 'refs/heads/main', after: commit.repeat(40), repository })
  const signature = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
  const headers = { 'x-github-event': 'push', 'x-github-delivery': deliveryId, 'x-hub-signature-256': signature }
  return { token: null, body, headers }
}

/** An API before a ledger that can be taken away, and what another process of it would start with. */
async function startStage() {
  const database = await createTestDatabase()
  undo.push(() => database.drop())
  const { hostname, port } = new URL(database.serviceUrl)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  undo.push(() => proxy.close())
  const databaseUrl = Object.assign(new URL(database.serviceUrl), { hostname: '127.0.0.1', port: String(proxy.port) })
  const folder = await mkdtemp(join(tmpdir(), 'stevedore-spool-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  // A key of its own, so that the next process reads the secret.
  const env = { STEVEDORE_WEBHOOK_SPOOL: folder, STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }
  let token: string | undefined
  async function start(url = databaseUrl.href): Promise<ApiProcess> {
    const api = await startApiProcess({ databaseUrl: url, env, ...(token && { token }) })
    token ??= api.firstToken
    undo.push(() => api.kill())
    return api
  }
  const api = await start()
  const triggers = [{ on: 'push', do: ['build production'] }]
  await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec('shop'), triggers } })
  await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { body: { value: secret } })
  return { api, proxy, folder, directUrl: database.serviceUrl, start }
}

const path = '/v1/webhooks/github/shop'

test('webhooks that the ledger was away for outlast kill -9 of the API, and start their jobs in order, once', async () => {
  const { api, proxy, folder, directUrl, start } = await startStage()
  proxy.stall()
  for (const [id, commit] of [
    ['d-1', 'a'],
    ['d-2', 'b'],
    ['d-1', 'a'],
  ] as const)
    expect(await api.call('POST', path, signPush(id, commit))).toMatchObject({
      status: 202,
      body: { status: 'held', jobs: [], reasons: [expect.stringContaining('ledger')] },
    })
  expect(await readdir(folder)).toHaveLength(2)
  await api.kill()

  const successor = await start(directUrl)
  const listJobs = async () => (await successor.call('GET', '/v1/jobs?app=shop')).body.items
  await expect.poll(async () => (await listJobs()).length, { timeout: 20_000 }).toBe(2)
  await expect.poll(() => readdir(folder), { timeout: 20_000 }).toEqual([])
  const commits = (await listJobs()).map(
    (job: { request: { trigger: { commit: string } } }) => job.request.trigger.commit[0],
  )
  // Newest first.
  expect(commits).toEqual(['b', 'a'])
  for (const [id, commit] of [
    ['d-1', 'a'],
    ['d-2', 'b'],
  ] as const)
    expect(await successor.call('POST', path, signPush(id, commit))).toMatchObject({ body: { status: 'duplicate' } })
  const trail = await successor.call('GET', '/v1/audit?action=webhook.received&app=shop')
  expect(trail.body.items).toMatchObject([{ detail: { cause: 'reconciled' } }, { detail: { cause: 'reconciled' } }])
})

test('one that nobody signed starts nothing when the ledger is back, and what no forge sends is not kept', async () => {
  const { api, proxy, folder } = await startStage()
  proxy.stall()
  expect((await api.call('POST', path, signPush('forged', 'c', 'another-secret-altogether'))).status).toBe(202)
  const { headers, ...rest } = signPush('unmarked', 'c')
  const unmarked = { ...rest, headers: { 'x-github-delivery': headers['x-github-delivery'] } }
  expect((await api.call('POST', path, unmarked)).status).toBe(503)
  expect((await api.call('POST', '/v1/webhooks/github/No%20App', signPush('nowhere', 'c'))).status).toBe(503)
  expect(await readdir(folder)).toHaveLength(1)
  proxy.heal()
  await expect.poll(() => readdir(folder), { timeout: 20_000 }).toEqual([])
  expect((await api.call('GET', '/v1/jobs?app=shop')).body.items).toEqual([])
})
