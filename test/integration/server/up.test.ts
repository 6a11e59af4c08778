import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { chooseScratchDir, createApiCaller, createTestDatabase, sampleSpec } from '@stevedore/testkit'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(chooseScratchDir(), 'stevedore-up-'))
  // As strict as a home: the account that PostgreSQL runs as may not look into it.
  await chmod(dir, 0o700)
})
// A server of the test may still write into it: it is ended after this.
afterEach(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))

function startUp(env: Record<string, string> = {}, options: { detached?: boolean } = {}): StevedoreProcess {
  const settings = { PORT: '0', LOG_LEVEL: 'info', STEVEDORE_DATA_DIR: dir, ...env }
  const up = startStevedoreProcess(['up'], settings, options)
  onTestFinished(async () => {
    up.signal('SIGKILL')
    await up.ended
  })
  return up
}

const files = () => join(dir, 'postgres', 'data')

async function killDatabase(folder: string): Promise<void> {
  const [pid] = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

test('its own database is killed: that is told, and it serves again as before', async () => {
  const up = startUp()
  const [, address = ''] = /listens on (\S+)/.exec(await up.waitForLine(/^Stevedore listens on /)) ?? []
  await killDatabase(files())
  await up.waitForLine(/"message":"the embedded PostgreSQL takes connections again"/)
  expect(await up.waitForLine(/"message":"the embedded PostgreSQL ended by itself/)).toMatch(
    /"log.level":"warn".*"how":"it was killed by SIGKILL".*"restartInMs":250/,
  )
  const call = createApiCaller(address, (await readFile(join(dir, 'token'), 'utf8')).trim())
  expect(await call('GET', '/v1/tokens')).toMatchObject({ status: 200, body: { items: [{ role: 'admin' }] } })
  up.signal('SIGTERM')
  expect(await up.ended).toBe(0)
})

test('its own database cannot be started any more: it ends in order, with 1, why, and what to do', async () => {
  const up = startUp()
  await up.waitForLine(/^Stevedore listens on /)
  await rename(files(), join(dir, 'elsewhere'))
  await killDatabase(join(dir, 'elsewhere'))
  expect(await up.ended).toBe(1)
  const output = up.readOutput()
  expect(output).toMatch(
    /"log.level":"error".*"message":"the embedded PostgreSQL is given up"[\s\S]*"message":"worker stopped"/,
  )
  expect(output.match(/ended by itself and is started again/g)).toHaveLength(5)
  expect(output).toMatch(
    /^The embedded PostgreSQL .* is not started any more: [\s\S]*^postgres: could not access directory/m,
  )
  expect(output).toContain(`What to do: See that ${files()} is there`)
  for (const name of ['url', 'up.pid']) expect(existsSync(join(dir, name)), name).toBe(false)
})

test('the first start fails after the first token was made: it was shown, kept, and is of use', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const failing = startUp({ DATABASE_URL: database.serviceUrl, PORT: String(port) })
  expect(await failing.ended).toBe(1)
  expect(failing.readOutput()).toMatch(/^stevedore: listen EADDRINUSE/m)
  const token = (await readFile(join(dir, 'token'), 'utf8')).trim()
  expect(failing.readOutput()).toContain(`The first admin token, shown this once: ${token}`)

  const up = startUp({ DATABASE_URL: database.serviceUrl })
  const [, address = ''] = /listens on (\S+)/.exec(await up.waitForLine(/^Stevedore listens on /)) ?? []
  expect(await createApiCaller(address, token)('GET', '/v1/tokens')).toMatchObject({ status: 200 })
  expect(up.readOutput()).not.toContain('stv_')
})

const listening = /^Stevedore listens on /

test('nothing that is left over keeps a stopped one alive', async () => {
  // As a connection of some library would.
  const up = startUp({ NODE_OPTIONS: '--import=data:text/javascript,setInterval(()=>{},1000)' })
  await up.waitForLine(listening)
  up.signal('SIGTERM')
  expect(await up.ended).toBe(0)
  for (const name of ['url', 'up.pid']) expect(existsSync(join(dir, name)), name).toBe(false)
})

test('while one is stopping, a second on its data directory is refused; afterwards another one starts', async () => {
  const up = startUp()
  await up.waitForLine(listening)
  up.signal('SIGTERM')
  await up.waitForLine(/^Stopping/)
  up.signal('SIGSTOP')
  const second = startUp()
  expect(await second.ended).toBe(1)
  expect(second.readOutput()).toMatch(/Stevedore already runs on .* \(process \d+\)[\s\S]*wait until it has ended/)
  up.signal('SIGCONT')
  expect(await up.ended).toBe(0)
  await startUp().waitForLine(listening)
})

test('engines that never answer do not hold a stop: not even many environments on them', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const up = startUp({ DOCKER_HOST: `tcp://127.0.0.1:${port}`, GRACE_MS: '0' })
  const [, address = ''] = /listens on (\S+)/.exec(await up.waitForLine(listening)) ?? []
  const call = createApiCaller(address, (await readFile(join(dir, 'token'), 'utf8')).trim())
  const environments = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`e-${n}`, { engine: 'docker', port: 9_000 + n }]),
  )
  const asked = once(silent, 'connection')
  expect(await call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments } })).toMatchObject({ status: 201 })
  await asked
  up.signal('SIGTERM')
  expect(await up.ended).toBe(0)
  expect(up.readOutput()).toContain('"message":"worker stopped"')
})

test('Ctrl-C, which goes to all of the terminal’s group: it ends in order, and its database after it', async () => {
  const up = startUp({}, { detached: true })
  await up.waitForLine(listening)
  const [pid] = (await readFile(join(files(), 'postmaster.pid'), 'utf8')).split('\n')
  // On a busy machine a connection may have taken too long before that, and been made anew.
  const beginning = up.readOutput().length
  process.kill(-up.pid, 'SIGINT')
  expect(await up.ended).toBe(0)
  const farewell = up.readOutput().slice(beginning)
  expect(farewell).toContain('"message":"worker stopped"')
  expect(farewell).not.toMatch(/"log.level":"(warn|error|fatal)"/)
  expect(existsSync(`/proc/${pid}`)).toBe(false)
})

test('a part that does not end is named, and the process ends all the same', async () => {
  const up = startUp({ GRACE_MS: '0' })
  await up.waitForLine(listening)
  const [pid] = (await readFile(join(files(), 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGSTOP')
  // Whoever stopped it has to end it.
  onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'))
  up.signal('SIGTERM')
  expect(await up.ended).toBe(1)
  expect(up.readOutput()).toMatch(/Not all has ended within 14 s of the signal \(.+ did not\)/)
})

test('a second signal ends it at once', async () => {
  const up = startUp()
  await up.waitForLine(listening)
  up.signal('SIGTERM')
  await up.waitForLine(/^Stopping/)
  up.signal('SIGTERM')
  // Where it had ended by itself in between, that is as well.
  expect([0, 130]).toContain(await up.ended)
})
