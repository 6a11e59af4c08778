import type { JobView } from '@stevedore/contract'
import { pruneLedger } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const place = { app: 'shop', environment: 'staging' }
let stage: WorkerStage
let worker: { close(): Promise<void> }

beforeAll(async () => {
  stage = await openWorkerStage({ GRACE_MS: '1' })
  const staging = { engine: 'docker', port: 8081, secrets: ['TOKEN'] }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  await stage.api.call('PUT', '/v1/secrets/TOKEN?app=shop', { body: { value: 'open sesame!' } })
  await playBuild(stage.api)
  worker = await stage.startWorker()
  await stage.run({ kind: 'deploy', ...place })
})
afterAll(() => stage.close())

/** However busy the machine is. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 })

const sized = (columns: number, rows: number) => ({ columns, rows })

async function request(script: string, more: object = {}): Promise<JobView> {
  const body = { command: ['sh', '-c', script], terminal: sized(80, 24), ...more }
  const answer = await stage.api.call('POST', '/v1/apps/shop/environments/staging/execs', { body })
  expect(answer.status, answer.text).toBe(202)
  return answer.body
}

const say = (id: string, body: object, token?: string) =>
  stage.api.call('POST', `/v1/jobs/${id}/terminal`, { body, ...(token ? { token } : {}) })
const type = (id: string, seq: number, text: string) => say(id, { seq, input: Buffer.from(text).toString('base64') })
/** All that was shown, once it has ended. */
async function readAll(id: string, after = 0): Promise<string> {
  const headers: Record<string, string> = after > 0 ? { 'Last-Event-ID': String(after) } : {}
  const { text } = await stage.api.call('GET', `/v1/jobs/${id}/terminal`, { headers })
  const pieces = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).output as string)
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).toString()
}
const rows = async (table: string, id?: string) =>
  (await stage.api.ledger.pool.query(`select * from ${table}`)).rows.filter(
    (row) => id === undefined || row.job_id === id,
  )

test('keys go to the command once and in their order, what it shows comes back, and its exit status is told', async () => {
  const { id } = await request('echo begun; sleep 600')
  expect((await say(id, { size: sized(100, 30) })).body).toEqual({ taken: 0 })
  const shown = readAll(id)
  expect((await type(id, 2, 'too early')).body).toEqual({ taken: 0 })
  expect((await type(id, 1, 'a')).body).toEqual({ taken: 1 })
  expect((await type(id, 1, 'a')).body).toEqual({ taken: 1 })
  await eventually(async () => (await rows('terminal_pieces')).filter((one) => one.is_input)).toEqual([])
  await say(id, { size: sized(120, 40) })
  await eventually(async () => (await stage.api.call('GET', `/v1/jobs/${id}`)).body.state).toBe('running')
  await type(id, 2, 'q')
  expect(await stage.end(id)).toMatchObject({
    state: 'failed',
    result: { exitCode: 7 },
    error: { code: 'command-failed' },
  })
  const text = await shown
  expect(text).toMatch(/^begun\r\n/)
  expect(text.replace(/\(\d+x\d+\)/g, '')).toBe('begun\r\n[a][q]')
  expect(text).toContain('(120x40)')
  const log = (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text
  expect(log).toContain('begun\n')
  expect(await type(id, 3, 'x')).toMatchObject({ status: 409 })
})

test('what is typed and shown is sealed on its way, removed once it was seen, and all of it in the end', async () => {
  const { id } = await request('echo $TOKEN; sleep 600')
  await say(id, { size: sized(80, 24) })
  await eventually(async () => (await rows('terminal_pieces', id)).length).toBeGreaterThan(1)
  const pieces = await rows('terminal_pieces', id)
  for (const { sealed } of pieces) expect(sealed.toString('latin1')).not.toContain('sesame')
  await say(id, { seen: Number(pieces.at(-1).seq) })
  expect(await rows('terminal_pieces', id)).toEqual([])
  await type(id, 1, 'q')
  await stage.end(id)
  expect((await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text).toContain('***\n')
  await stage.api.ledger.pool.query("update terminals set wanted_until = now() - interval '2 minutes'")
  await pruneLedger(stage.api.ledger, { limit: 100 })
  expect([...(await rows('terminals')), ...(await rows('terminal_pieces'))]).toEqual([])
})

test('a terminal is that of who asked for it, and a job without one has none', async () => {
  const { id } = await request('sleep 600')
  await say(id, { size: sized(80, 24) })
  const viewer = await stage.api.createToken('viewer')
  const other = await stage.api.createToken('deployer')
  for (const token of [viewer, other]) {
    expect(await say(id, { seq: 1, input: 'cQ==' }, token)).toMatchObject({ status: 403 })
    expect(await stage.api.call('GET', `/v1/jobs/${id}/terminal`, { token })).toMatchObject({ status: 403 })
  }
  await type(id, 1, 'q')
  await stage.end(id)
  const plain = await request('exit 0', { terminal: undefined })
  expect(await say(plain.id, {})).toMatchObject({ status: 409 })
  await stage.end(plain.id)
  const faulty = [{ seq: 0 }, { input: 'no base64!' }, { input: 'a'.repeat(30_000) }, { size: sized(0, 24) }, { x: 1 }]
  for (const body of faulty) expect(await say(id, body), JSON.stringify(body)).toMatchObject({ status: 422 })
})

test('input without room is not taken, and nothing of it is kept', async () => {
  const { id } = await request('sleep 600')
  const write = vi
    .spyOn(stage.engines.deploy.docker, 'execCommand')
    .mockImplementation((_place, { terminal }, { signal }) => {
      terminal?.attach({ write: () => new Promise(() => {}), resize: async () => {} })
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
  let taken = 0
  // What the command was given at once, and what waits for it.
  for (let seq = 1; seq <= 24; seq++) taken = (await type(id, seq, 'x'.repeat(12_000))).body.taken
  expect(taken).toBeLessThan(13)
  write.mockRestore()
  await stage.api.call('POST', `/v1/jobs/${id}/cancel`)
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled' })
})

test('who is gone has the command ended, and who never came has none begun', async () => {
  const { id } = await request('echo begun; sleep 600')
  await say(id, { size: sized(80, 24) })
  await eventually(async () => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text).toContain('begun')
  await stage.api.ledger.pool.query("update terminals set wanted_until = now() - interval '1 second'")
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'client-gone' }, result: null })
  expect(stage.world.place(place).commands.size).toBe(0)
  const begin = vi.spyOn(stage.engines.deploy.docker, 'execCommand')
  const never = await request('echo begun')
  expect(await stage.end(never.id)).toMatchObject({ state: 'failed', error: { code: 'client-gone' } })
  expect(begin).not.toHaveBeenCalled()
  begin.mockRestore()
}, 60_000)

test('a worker that ends costs the session, which is told', async () => {
  const { id } = await request('echo begun; sleep 600')
  await say(id, { size: sized(80, 24) })
  const shown = readAll(id)
  await eventually(async () => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text).toContain('begun')
  await worker.close()
  worker = await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'command-lost' } })
  expect(await shown).toContain('begun')
})
