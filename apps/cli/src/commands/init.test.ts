import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppSpec, appSpec, appsSpec } from '@stevedore/contract'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitStatus } from '../exit.ts'
import { run } from '../run.ts'
import { readSpecFile } from '../spec-file.ts'
import { makeProject } from '../testing/project.ts'

let printed = ''
let aside = ''
function say(text: unknown): void {
  printed += `${text}\n`
}
function sayAside(text: unknown): boolean {
  aside += `${text}\n`
  return true
}
beforeEach(() => {
  printed = ''
  aside = ''
  vi.spyOn(console, 'log').mockImplementation(say)
  vi.spyOn(console, 'error').mockImplementation(sayAside)
  vi.spyOn(process.stderr, 'write').mockImplementation(sayAside)
})
afterEach(() => vi.restoreAllMocks())

const dockerfile = `FROM node:22 AS build
FROM node:22 AS production
EXPOSE 3000
USER 1001
HEALTHCHECK CMD curl -f http://localhost:3000/up
`

async function readSpec(folder: string): Promise<AppSpec> {
  return appSpec.parse(await readSpecFile(join(folder, 'stevedore.yaml')))
}

test('a Dockerfile becomes a spec that apply takes, with where each value comes from and what is left to decide', async () => {
  const folder = await makeProject({ Dockerfile: dockerfile, Procfile: 'web: x\nrelease: ./migrate\n' })
  expect(await run(['init', folder])).toBe(exitStatus.done)
  expect(await readSpec(folder)).toMatchObject({
    app: 'shop',
    build: { targets: ['production'], default: 'production' },
    environments: {
      staging: {
        engine: 'docker',
        port: 3000,
        containerPort: 3000,
        health: { path: '/up' },
        migrate: { command: ['/bin/sh', '-c', './migrate'] },
      },
    },
  })
  const text = await readFile(join(folder, 'stevedore.yaml'), 'utf8')
  expect(text).toContain('containerPort: 3000 # EXPOSE 3000 in Dockerfile')
  expect(text).toContain('`host: shop.example.com` in its place')
  expect(printed).toMatch(
    /Next:\n {2}cd .*\n {2}stevedore apply\n {2}stevedore build --version=1\.0\.0\n {2}stevedore deploy shop staging/,
  )
})

test('a spec that is there stays, unless it is to be overwritten; a link is not followed', async () => {
  const folder = await makeProject({ Dockerfile: 'FROM a', 'stevedore.yaml': 'app: mine', elsewhere: 'kept' })
  expect(await run(['init', folder])).toBe(exitStatus.usage)
  expect(aside).toContain('There is a stevedore.yaml already')
  expect(await readFile(join(folder, 'stevedore.yaml'), 'utf8')).toBe('app: mine')
  expect(await run(['init', folder, '--force', '--app', 'other', '--environment', 'live'])).toBe(exitStatus.done)
  expect(await readSpec(folder)).toMatchObject({ app: 'other', environments: { live: {} } })
  await writeFile(join(folder, 'stevedore.yaml'), '')
  await run(['init', folder, '--force'])
  const linked = await makeProject({ Dockerfile: 'FROM a' })
  await symlink(join(folder, 'elsewhere'), join(linked, 'stevedore.yaml'))
  expect(await run(['init', linked])).toBe(exitStatus.usage)
  expect(await run(['init', linked, '--force'])).toBe(exitStatus.done)
  expect((await lstat(join(linked, 'stevedore.yaml'))).isFile()).toBe(true)
  expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('kept')
})

test('--stdout prints the spec and writes nothing; what was and was not taken stands aside', async () => {
  const folder = await makeProject({ Dockerfile: 'FROM a\nEXPOSE 80 53/udp' })
  expect(await run(['init', folder, '--stdout'])).toBe(exitStatus.done)
  expect(printed).toContain('containerPort: 80')
  expect(aside).toContain('EXPOSE 53/udp: only TCP comes in')
  expect(await readdir(folder)).toEqual(['Dockerfile'])
})

test('several apps stand in one file, each with what is its own, and the commands name them', async () => {
  const compose =
    'services:\n  web: { build: web, ports: ["80:80"], depends_on: [cache] }\n  job: { build: job }\n  db: { image: postgres }\n  cache: { image: "redis:8" }'
  const folder = await makeProject({ 'compose.yaml': compose, 'web/Dockerfile': 'FROM a', 'job/Dockerfile': 'FROM b' })
  expect(await run(['init', folder])).toBe(exitStatus.done)
  const { apps } = appsSpec.parse(await readSpecFile(join(folder, 'stevedore.yaml')))
  expect(apps).toMatchObject([
    { app: 'shop-web', source: { path: 'web' } },
    { app: 'shop-job', source: { path: 'job' } },
  ])
  const text = await readFile(join(folder, 'stevedore.yaml'), 'utf8')
  expect(text).toMatch(/^# Made by `stevedore init`.*\n\napps:\n {2}shop-web:( #.*)?\n/)
  // What is a comment until its digest is known is of the app that it stands in.
  const digest = `sha256:${'a'.repeat(64)}`
  const lines = text.split('\n').map((line) => (/^ {4}# {5,}\S/.test(line) ? line.replace('# ', '') : line))
  await writeFile(join(folder, 'stevedore.yaml'), lines.join('\n').replace('sha256:…', digest))
  const [web] = appsSpec.parse(await readSpecFile(join(folder, 'stevedore.yaml'))).apps
  expect(web?.environments.staging?.services?.cache?.image).toBe(`redis:8@${digest}`)
  expect(printed).toContain('stevedore apply\n  stevedore build shop-web --version=1.0.0')
  expect(printed.match(/stevedore apply/g)).toHaveLength(1)
  expect(printed).toContain('service db (postgres): no app of the file names it')
})

test('a companion without a digest says by which command it is told, and that it can be asked for', async () => {
  const compose = 'services: { web: { build: ., depends_on: [db] }, db: { image: "postgres:18" } }'
  const folder = await makeProject({ 'compose.yaml': compose, Dockerfile: 'FROM a' })
  expect(await run(['init', folder])).toBe(exitStatus.done)
  expect(printed).toContain(
    "db: the digest of its image is told by `docker buildx imagetools inspect postgres:18 --format '{{.Manifest.Digest}}'`, and `--digests` asks its registry",
  )
  expect(await readFile(join(folder, 'stevedore.yaml'), 'utf8')).toContain('#         image: postgres:18@sha256:…')
})

test('a service that runs the image of the Dockerfile beside it says how', async () => {
  const compose = 'services:\n  app: { image: acme/shop, ports: ["8000:3000"], environment: { A_KEY: x } }'
  const folder = await makeProject({ 'docker-compose.yml': compose, Dockerfile: dockerfile })
  await run(['init', folder])
  expect(await readSpec(folder)).toMatchObject({
    app: 'shop',
    image: {},
    build: { default: 'production' },
    environments: { staging: { port: 8000, secrets: ['A_KEY'], health: { path: '/up' } } },
  })
  expect(printed).toContain('stevedore secret set A_KEY --app shop --environment staging')
})

test('the remote is the source, without what lets a person in, and the folder is its path', async () => {
  const folder = await makeProject({ 'web/Dockerfile': 'FROM a' })
  const git = execa({ cwd: folder })
  await git('git', ['init', '-q', '-b', 'trunk'])
  await git('git', ['remote', 'add', 'origin', 'https://ann:hunter2@git.example.com/acme/shop.git'])
  expect(await run(['init', join(folder, 'web')])).toBe(exitStatus.done)
  const spec = await readSpec(join(folder, 'web'))
  expect(spec.source).toMatchObject({ git: 'https://git.example.com/acme/shop.git', ref: 'trunk', path: 'web' })
  expect(printed + (await readFile(join(folder, 'web/stevedore.yaml'), 'utf8'))).not.toContain('hunter2')
})

test.each([
  [{ 'package.json': '{}' }, /no Dockerfile and no compose file .* project of Node\.js/, /invents none/],
  [{}, /no Dockerfile and no compose file/, /invents none/],
  [
    { 'docker/a/Dockerfile': 'FROM a', 'docker/b/Dockerfile': 'FROM a' },
    /several Dockerfiles/,
    /--dockerfile docker\/a\/Dockerfile/,
  ],
  [{ Dockerfile: 'RUN id' }, /Dockerfile: has no FROM/, /$/],
  [{ Dockerfile: `FROM a\n#${'x'.repeat(2 ** 20)}` }, /Dockerfile: is larger than 1 MiB/, /$/],
  [{ 'compose.yaml': 'services: [' }, /compose\.yaml: is not YAML/, /$/],
  [{ 'compose.yaml': 'services: { db: { image: postgres } }' }, /no Dockerfile and no compose file/, /$/],
] as [Record<string, string>, RegExp, RegExp][])(
  'what cannot be built is refused with what to do: %j',
  async (files, why, remedy) => {
    const folder = await makeProject(files)
    expect(await run(['init', folder])).toBe(exitStatus.usage)
    expect(aside).toMatch(why)
    expect(aside).toMatch(remedy)
    expect(await readdir(folder)).not.toContain('stevedore.yaml')
  },
)

test('nothing is read that a link leads out of the project to', async () => {
  const outside = await makeProject({ Dockerfile: 'FROM secret\nEXPOSE 4242', compose: 'services: {}' })
  const folder = await makeProject({ 'x/keep': '' })
  await symlink(join(outside, 'Dockerfile'), join(folder, 'Dockerfile'))
  expect(await run(['init', folder, '--dockerfile', 'Dockerfile'])).toBe(exitStatus.usage)
  expect(aside).toContain('Dockerfile: leads out of the project')
  expect(await run(['init', folder, '--dockerfile', '../../etc/passwd'])).toBe(exitStatus.usage)
  await symlink(join(outside, 'compose'), join(folder, 'compose.yaml'))
  expect(await run(['init', folder])).toBe(exitStatus.usage)
  expect(aside).toContain('compose.yaml: leads out of the project')
})

test('names that no app and no environment may have, and a folder that is none, are refused', async () => {
  const folder = await makeProject({ Dockerfile: 'FROM a' })
  expect(await run(['init', folder, '--app', 'Shop!'])).toBe(exitStatus.usage)
  expect(aside).toContain('--app: must be lower-case letters')
  expect(await run(['init', folder, '--environment', '\u001b[2J'])).toBe(exitStatus.usage)
  expect(await run(['init', join(folder, 'gone')])).toBe(exitStatus.usage)
  expect(await run(['init', join(folder, 'Dockerfile')])).toBe(exitStatus.usage)
  expect(aside).toContain('is no folder')
})

test('import compose writes into the folder that one is in', async () => {
  const folder = await makeProject({
    'deploy/c.yml': 'services: { web: { build: .. , ports: ["3000:3000"] } }',
    Dockerfile: dockerfile,
  })
  const { stdout } = await execa(
    process.execPath,
    [join(import.meta.dirname, '../../../../bin/main.ts'), 'import', 'compose', 'deploy/c.yml'],
    { cwd: folder },
  )
  expect(stdout).toContain('stevedore.yaml: shop, staging on Docker')
  expect(await readSpec(folder)).toMatchObject({ source: { path: '.' }, environments: { staging: { port: 3000 } } })
  expect(await run(['import', 'compose', join(folder, 'gone.yml')])).toBe(exitStatus.usage)
  expect(await run(['import', 'compose', folder])).toBe(exitStatus.usage)
})
