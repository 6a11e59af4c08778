import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { listenLocally, stopServer } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Engines and clients that only say what they are. */
const engine = { ApiVersion: '1.41', Os: 'linux', Components: [{ Name: 'Engine', Version: '20.10.24' }] }
let told: object = engine
const server = createServer(({ url = '' }, response) => {
  const body = url.endsWith('/info') ? { ServerVersion: '20.10.24' } : told
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
})
let dir: string
let host: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-clients-'))
  host = `tcp://127.0.0.1:${await listenLocally(server)}`
})
afterAll(async () => {
  await stopServer(server)
  await rm(dir, { recursive: true, force: true })
})

async function makeClient(version: string, buildx: number): Promise<string> {
  const path = join(dir, `docker-${Math.random()}`)
  await writeFile(path, `#!/bin/sh\n[ "$1" = --version ] && echo "${version}" && exit 0\nexit ${buildx}\n`)
  await chmod(path, 0o755)
  return path
}

async function findsBuildKit(clients: string[], version: object = engine): Promise<boolean> {
  told = version
  const { buildkit } = await createDockerImageEngine({ host, clients }).describe(AbortSignal.timeout(30_000))
  return buildkit
}

test.each<[boolean, string, number]>([
  [true, 'Docker version 28.2.2, build e6534b4', 0],
  [false, 'Docker version 28.2.2, build e6534b4', 1],
  [true, 'Docker version 20.10.24, build 297e128', 1],
  [true, 'Docker version 18.09.1, build 4c52b90', 1],
  [false, 'Docker version 18.06.3-ce, build d7080c1', 1],
  [false, 'podman version 4.3.1', 0],
])(
  'whether a client has BuildKit is what it says of itself: %s for %s, buildx ending with %i',
  async (has, version, buildx) => {
    expect(await findsBuildKit([await makeClient(version, buildx)])).toBe(has)
  },
)

test('the first that can is taken, and one that is not there is none', async () => {
  const able = await makeClient('Docker version 27.0.0, build x', 0)
  expect(await findsBuildKit([join(dir, 'absent'), able])).toBe(true)
  expect(await findsBuildKit([join(dir, 'absent')])).toBe(false)
})

test.each([
  ['an engine from before BuildKit', { ...engine, ApiVersion: '1.38' }],
  ['an engine on Windows', { ...engine, Os: 'windows' }],
  ['another that speaks Docker’s API', { ...engine, Components: [{ Name: 'Podman Engine', Version: '4.3.1' }] }],
])('%s has none, whatever the client', async (_name, version) => {
  expect(await findsBuildKit([await makeClient('Docker version 28.2.2, build x', 0)], version)).toBe(false)
})

test('an engine that does not answer is not one without BuildKit', async () => {
  const client = await makeClient('Docker version 28.2.2, build x', 0)
  const away = createDockerImageEngine({ host: 'tcp://127.0.0.1:1', clients: [client] })
  await expect(away.describe(AbortSignal.timeout(30_000))).rejects.toMatchObject({ code: 'engine-unreachable' })
})
