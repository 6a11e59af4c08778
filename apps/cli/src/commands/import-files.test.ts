import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppSpec, appSpec, appsSpec } from '@stevedore/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitStatus } from '../exit.ts'
import { run } from '../run.ts'
import { readSpecFile } from '../spec-file.ts'
import { makeProject } from '../testing/project.ts'

let printed = ''
const say = (text: unknown) => {
  printed += `${text}\n`
  return true
}
beforeEach(() => {
  printed = ''
  vi.spyOn(console, 'log').mockImplementation(say)
  vi.spyOn(console, 'error').mockImplementation(say)
  vi.spyOn(process.stderr, 'write').mockImplementation(say)
})
afterEach(() => vi.restoreAllMocks())

async function initFolder(folder: string): Promise<AppSpec[]> {
  printed = ''
  expect(await run(['init', folder, '--force'])).toBe(exitStatus.done)
  const spec = await readSpecFile(join(folder, 'stevedore.yaml'))
  return Object.hasOwn(Object(spec), 'apps') ? appsSpec.parse(spec).apps : [appSpec.parse(spec)]
}
const init = async (files: Record<string, string>) => initFolder(await makeProject({ Dockerfile: 'FROM a', ...files }))
const settingsOf = ([spec]: AppSpec[]) => spec?.environments.staging

const base =
  'services: { web: { build: ., ports: ["80:80"], environment: { MODE: live, KEPT: 1 }, command: [serve] }, job: { build: job } }'
const over =
  'services: { web: { ports: !override ["3000:80"], environment: [MODE=debug], volumes: ["./src:/app", "./a.conf:/a.conf"], command: [dev] }, job: !reset null }'

test('the override file beside a compose file is merged as compose merges it, and told to be for development', async () => {
  const files = { 'compose.yaml': base, 'compose.override.yaml': over, 'src/main.js': '', 'a.conf': '', '.env': 'A=1' }
  const apps = await init(files)
  expect(apps).toHaveLength(1)
  expect(settingsOf(apps)).toMatchObject({
    port: 3000,
    env: { MODE: 'debug', KEPT: '1' },
    args: ['dev'],
    files: { '/a.conf': { from: 'a.conf' } },
  })
  expect(printed).toContain('Read:\n  compose.yaml, .env, compose.override.yaml\n')
  expect(printed).toContain(
    'compose.override.yaml: is taken, as compose takes it, and is for development as it seems, since it mounts ./src into web: without it by `stevedore import compose compose.yaml`',
  )
  expect(printed).toContain('in compose.yaml, compose.override.yaml')
  expect(
    await init({ ...files, 'compose.override.yaml': 'services: { web: { environment: { MODE: x } } }' }),
  ).toHaveLength(2)
  expect(printed).not.toContain('for development')
})

test.each([
  [{ 'compose.override.yml': 'services: [' }, {}, 'compose.override.yml: compose.override.yml: is not YAML'],
  [{ 'docker-compose.override.yml': `#${'x'.repeat(2 ** 20)}` }, {}, 'is larger than 1 MiB'],
  [{}, { 'compose.override.yaml': '../outside.yaml' }, 'compose.override.yaml: leads out of the project'],
  [{ 'compose.override.yaml/x': '' }, {}, 'compose.override.yaml: is not a file'],
  [{ 'compose.override.yaml': `services: ${'['.repeat(100_000)}` }, {}, 'nested too deep'],
] as [Record<string, string>, Record<string, string>, string][])(
  'an override file that cannot be read is told, and the rest holds: %#',
  async (files, links, why) => {
    const folder = await makeProject({ Dockerfile: 'FROM a', 'compose.yaml': base, ...files })
    for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name))
    await mkdir(join(folder, '../outside.yaml'))
    expect(settingsOf(await initFolder(folder))).toMatchObject({ env: { MODE: 'live' } })
    expect(printed).toContain(why)
  },
)

test('COMPOSE_FILE in .env names the files, whose paths begin from the folder of the first', async () => {
  const files = {
    'compose.yaml': 'services: { other: { build: ., command: [never] } }',
    'deploy/base.yaml': 'services: { web: { build: .., env_file: [a.env], environment: { T: $T, OWN: $OWN } } }',
    'deploy/.env': 'T=there\nOWN=own',
    'more.yaml': 'name: acme\nservices: { web: { volumes: ["./a.conf:/a.conf:ro"] } }',
    'deploy/a.conf': '',
    'deploy/a.env': 'FROM_FILE=1',
  }
  const apps = await init({ ...files, '.env': 'COMPOSE_FILE=deploy/base.yaml:more.yaml\nT=here' })
  expect(apps[0]?.app).toBe('acme')
  expect(settingsOf(apps)).toMatchObject({
    env: { T: 'here', OWN: 'own' },
    files: { '/a.conf': { from: 'deploy/a.conf' } },
  })
  expect(printed).toContain('Read:\n  deploy/base.yaml, .env, deploy/.env, more.yaml')
  const split = 'COMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE=deploy/base.yaml;more.yaml'
  expect((await init({ ...files, '.env': split }))[0]?.app).toBe('acme')
})

test.each([
  ['gone.yaml', 'gone.yaml is not there'],
  ['compose.yaml:../../etc/passwd', 'leads out of the project'],
  ['https://example.com/x.yaml', 'https is not there'],
  ['a:'.repeat(30), 'it has to name 1 to 20 files'],
  ['$OTHER', 'it is made of other variables'],
])('COMPOSE_FILE=%s is told, and the usual files are read', async (value, why) => {
  const apps = await init({ 'compose.yaml': base, '.env': `COMPOSE_FILE=${value}`, 'job/Dockerfile': 'FROM b' })
  expect(apps).toHaveLength(2)
  expect(printed).toMatch(new RegExp(`COMPOSE_FILE in \\.env: is not followed: .*${why}`))
})

test('import compose merges the files that are named, in their order, and no others', async () => {
  const folder = await makeProject({
    Dockerfile: 'FROM a',
    'compose.yaml': base,
    'compose.override.yaml': over,
    'prod.yaml':
      'services: { web: !override { build: ., ports: ["81:81"], environment: { API_TOKEN: $TOKEN } }, job: !reset }',
    '.env': 'TOKEN=hunter2\nCOMPOSE_FILE=compose.yaml',
  })
  const paths = ['compose.yaml', 'prod.yaml'].map((name) => join(folder, name))
  expect(await run(['import', 'compose', ...paths, '--stdout'])).toBe(exitStatus.done)
  expect(printed).toMatch(/secrets:\s+- API_TOKEN/)
  expect(printed).not.toMatch(/hunter2|MODE|shop-job/)
  expect(printed).toContain('compose.override.yaml: is not read: `stevedore import compose` takes several files')
  expect(printed).toContain('COMPOSE_FILE in .env: is not followed: the files that are named count')
  expect(await run(['import', 'compose', ...paths, join(folder, 'gone.yaml')])).toBe(exitStatus.usage)
  expect(printed).toContain('gone.yaml: is not there')
  const broken = await makeProject({ 'a.yaml': base, 'b.yaml': 'services: [' })
  expect(await run(['import', 'compose', join(broken, 'a.yaml'), join(broken, 'b.yaml')])).toBe(exitStatus.usage)
  expect(printed).toContain('b.yaml: is not YAML')
})
