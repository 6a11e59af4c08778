import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  dockerComponent,
  lacks,
  openTestDocker,
  publishRedis,
  redisComponent,
  registryComponent,
  removeImages,
  startRegistry,
} from '@stevedore/testkit'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const bin = join(import.meta.dirname, '../../../bin/main.ts')

/** The command itself, in a folder, against a server. */
async function stevedore(cwd: string, ...words: string[]): Promise<string> {
  const env = { STEVEDORE_URL: api.address, STEVEDORE_TOKEN: api.admin, ALLOWED_HOSTS: '127.0.0.1' }
  const { stdout } = await execa(process.execPath, [bin, ...words], { cwd, env })
  return stdout
}

async function makeProject(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-init-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  return dir
}

test('what init writes is declared by apply, and shown as it was meant', async () => {
  const folder = await makeProject({
    Dockerfile: 'FROM node:22\nEXPOSE 3000\nVOLUME /data\nHEALTHCHECK CMD wget -q http://localhost:3000/up',
    Procfile: 'release: ./migrate',
  })
  await stevedore(folder, 'init', '--app', 'fresh')
  expect(await stevedore(folder, 'apply')).toBe('fresh declared (spec version 1)')
  const { spec } = JSON.parse(await stevedore(folder, 'spec', 'fresh', '--json'))
  expect(spec.environments.staging).toMatchObject({
    port: 3000,
    containerPort: 3000,
    health: { path: '/up' },
    strategy: { type: 'recreate' },
    volumes: { data: { path: '/data' } },
    migrate: { command: ['/bin/sh', '-c', './migrate'] },
  })
})

test('the apps that import compose writes are declared together by apply, on either engine', async () => {
  const compose = `services:
  web: { build: web, ports: ["80:80"], environment: { DB_PASSWORD: hunter2, MODE: fast }, volumes: ["up:/up"] }
  mail: { build: mail, command: send, depends_on: [db] }
  db: { image: "postgres:18" }`
  const folder = await makeProject({ 'compose.yaml': compose, 'web/Dockerfile': 'FROM a', 'mail/Dockerfile': 'FROM b' })
  for (const engine of ['docker', 'kubernetes']) {
    const words = ['import', 'compose', 'compose.yaml', '--app', `acme-${engine.slice(0, 4)}`, '--engine', engine]
    const app = words[4] ?? ''
    expect(await stevedore(folder, ...words, '--force')).toContain(`stevedore build ${app}-web --version=1.0.0`)
    expect((await stevedore(folder, 'apply')).split('\n').toSorted()).toEqual([
      `${app}-mail created (spec version 1)`,
      `${app}-web created (spec version 1)`,
    ])
  }
})

test.skipIf(lacks(dockerComponent, registryComponent, redisComponent))(
  'a companion whose registry tells the digest is declared, with its secret by name alone; without asking it is a comment',
  async () => {
    const [docker, registry] = [openTestDocker(), await startRegistry()]
    onTestFinished(registry.stop)
    const image = `${registry.host}/acme/redis:7`
    onTestFinished(() => removeImages(docker, `${registry.host}/acme/redis`))
    const digest = await publishRedis(docker, image)
    const compose = `services:
  web: { build: ., ports: ["80:80"], depends_on: [cache] }
  cache: { image: "${image}", environment: { REDIS_PASSWORD: hunter2 }, expose: ["6379"] }`
    const folder = await makeProject({ 'compose.yaml': compose, Dockerfile: 'FROM a' })
    expect(await stevedore(folder, 'init', '--app', 'asked')).toContain(`imagetools inspect ${image}`)
    await stevedore(folder, 'apply')
    const said = await stevedore(folder, 'init', '--app', 'asked', '--force', '--digests')
    expect(said).toContain('stevedore secret set REDIS_PASSWORD --app asked --environment staging')
    expect(said + (await readFile(join(folder, 'stevedore.yaml'), 'utf8'))).not.toContain('hunter2')
    expect(await stevedore(folder, 'apply')).toMatch(/declared \(spec version 2\)$/)
    const { spec } = JSON.parse(await stevedore(folder, 'spec', 'asked', '--json'))
    expect(spec.environments.staging.services.cache).toMatchObject({
      image: `${image}@${digest}`,
      port: 6379,
      secrets: ['REDIS_PASSWORD'],
    })
  },
)
