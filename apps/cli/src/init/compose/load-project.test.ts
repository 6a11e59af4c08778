import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { makeProject } from '../../testing/project.ts'
import { describeDrafts } from '../describe-drafts.ts'
import { type Draft, readSetting } from '../draft.ts'
import { keepAllowed } from '../keep-allowed.ts'
import { createUsedPorts } from '../way-in.ts'
import { writeSpec } from '../write-spec.ts'
import { draftProject } from './draft-project.ts'
import { loadProject } from './load-project.ts'

/** The apps of a folder, in which a Dockerfile lies wherever one is wanted. */
async function importFolder(files: Record<string, string>, links: Record<string, string> = {}) {
  const folder = await makeProject({ Dockerfile: 'FROM a', ...files })
  await writeFile(join(folder, '..', 'outside.yaml'), 'services: { out: { image: "acme/out:1" } }')
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await symlink(target, join(folder, path))
  }
  const place = { folder, root: folder, git: undefined }
  const project = await loadProject(files['compose.yaml'] ?? '', { place, path: join(folder, 'compose.yaml') })
  const context = { project, place, folder, used: createUsedPorts() }
  const found = await draftProject(context, { app: undefined, environment: 'staging', engine: 'docker' })
  for (const draft of found.drafts) keepAllowed(draft)
  const [draft] = found.drafts
  const told = [...(draft?.leftOut ?? []), ...found.leftOut].map(({ what, why }) => `${what}: ${why}`).join('\n')
  const read = (...keys: string[]) => draft && readSetting(draft, ...keys)
  return { ...found, project, draft, told, read, text: writeAll(found) }
}

function writeAll({ drafts, leftOut }: Pick<Awaited<ReturnType<typeof draftProject>>, 'drafts' | 'leftOut'>): string {
  return writeSpec(drafts as Draft[], 'Made by a test') + describeDrafts(drafts, { leftOut, folder: '.' })
}

const web = (lines: string) => `services:\n  web:\n    build: .\n${lines.replaceAll(/^/gm, '    ')}`

test('what .env says stands in the spec, and is told', async () => {
  const { read, text, draft } = await importFolder({
    '.env': 'PORT=3000\nexport LEVEL="info" # of the log\nURL=http://api:$PORT\nTAG=18\nEMPTY=',
    'compose.yaml': web(
      `ports: ["\${PORT}:\${PORT:-80}"]\ncommand: [serve, "$LEVEL"]\nenvironment:\n  LEVEL: $LEVEL\n  URL: \${URL:?is needed}\n  OTHER: \${OTHER:-x}\n  NONE: \${EMPTY:-none}`,
    ),
  })
  expect(read('containerPort')).toBe(3000)
  expect(read('args')).toEqual(['serve', 'info'])
  expect(read('env')).toEqual({ LEVEL: 'info', URL: 'http://api:3000', OTHER: 'x', NONE: 'none' })
  expect(draft?.comments.map(({ path, text }) => `${path.at(-1)}: ${text}`)).toEqual(
    expect.arrayContaining([
      'LEVEL: from LEVEL in .env',
      'URL: from URL in .env',
      'OTHER: the default of OTHER',
      'staging: web in compose.yaml: command from LEVEL in .env; ports from PORT in .env',
    ]),
  )
  expect(text).toContain('LEVEL: info # from LEVEL in .env')
  expect(text).toContain('command from LEVEL in .env; ports from PORT in .env')
})

test('a variable that is a name alone has its value of .env', async () => {
  const { read, draft } = await importFolder({
    '.env': 'LEVEL=info\nWHO=me\nAPI_TOKEN=hunter2',
    'compose.yaml': web(
      'build: { context: ., args: [WHO, OTHER] }\nenvironment: { LEVEL: , OTHER: , API_TOKEN: }',
    ).replace('    build: .\n', ''),
  })
  expect(read('env')).toEqual({ LEVEL: 'info' })
  expect(read('secrets')).toEqual(['API_TOKEN'])
  expect(draft?.spec.build).toEqual({ args: { WHO: 'me' } })
})

test('what is the same by .env or from another folder is the same', async () => {
  const { drafts, read } = await importFolder({
    '.env': 'IMAGE=acme/app:1\nWHERE=.',
    'compose.yaml': `include: [sub/more.yaml]
services:
  web: { build: ., image: $IMAGE, ports: ["80:80"] }
  worker: { image: "acme/app:1", command: work }
  mailer: { build: $WHERE, command: mail }`,
    'sub/more.yaml': 'services: { cleaner: { build: .., command: clean } }',
  })
  expect(drafts).toHaveLength(1)
  expect(Object.keys(Object(read('processes')))).toEqual(['mailer', 'cleaner', 'worker'])
})

test('a secret of .env stands nowhere, wherever it is used', async () => {
  const { read, told, text } = await importFolder({
    '.env': `DB_PASSWORD=hunter2\nPIN='s3same'\nPLAIN=\${DB_PASSWORD}-x\nHOST=db`,
    'compose.yaml': `${web(
      `build: { context: ., args: { KEPT: $DB_PASSWORD } }\ncommand: serve --with $PLAIN\nhealthcheck: { test: [CMD, ask, "$PIN"] }\nconfigs: [{ source: motd, target: /etc/motd }]\nenvironment:\n  DATABASE_URL: postgres://u:$PIN@$HOST/x\n  ODD: <$DB_PASSWORD>\n  HOST: $HOST\n  MORE: $PLAIN`,
    ).replace(
      '    build: .\n',
      '',
    )}\n  db:\n    image: postgres:18\n    command: [postgres, -c, "x=$PIN"]\n    environment: [POSTGRES_PASSWORD=$PIN]\nconfigs: { motd: { content: "a $DB_PASSWORD" } }`,
  })
  expect(text).not.toMatch(/hunter2|s3same/)
  expect(read('secrets')).toEqual(['DATABASE_URL', 'ODD', 'MORE'])
  expect(read('env')).toEqual({ HOST: 'db' })
  expect(told).toContain('command of web: holds PLAIN in .env, which looks like a secret')
  expect(told).toContain('healthcheck test: cannot be told')
  expect(told).toContain('build.args KEPT: DB_PASSWORD in .env looks like a secret')
  expect(told).toContain('config motd: holds DB_PASSWORD in .env')
  expect(text).toContain('stevedore secret set ODD --app shop --environment staging')
})

test('without .env nothing changes, and nothing comes from the environment of who runs it', async () => {
  process.env.OF_THE_PERSON = 'mine'
  try {
    const files = { 'compose.yaml': web(`environment: { A: $OF_THE_PERSON, B: "\${OF_THE_PERSON:-b}" }`) }
    const without = await importFolder(files)
    expect(without.read('env')).toEqual({ B: 'b' })
    const { read, told } = await importFolder({ ...files, '.env': `OF_THE_PERSON\nC=$OF_THE_PERSON\n1` })
    expect(read('env')).toEqual({ B: 'b' })
    expect(told).toContain('C in .env: OF_THE_PERSON has no value there')
    expect(told).toContain('.env, line 3: is no `KEY=VALUE`')
  } finally {
    delete process.env.OF_THE_PERSON
  }
})

test('what compose itself reads of .env holds: the project’s name and profiles; other files are told', async () => {
  const { drafts, told, text } = await importFolder({
    '.env': 'COMPOSE_PROJECT_NAME=acme\nCOMPOSE_PROFILES=tools, more\nCOMPOSE_FILE=a.yaml',
    'compose.yaml': `services: { web: { build: . }, tool: { build: tool, profiles: [more] } }`,
    'tool/Dockerfile': 'FROM b',
  })
  expect(drafts.map(({ app }) => app)).toEqual(['acme-web', 'acme-tool'])
  expect(text).toContain('  acme-web: # by COMPOSE_PROJECT_NAME, COMPOSE_PROFILES in .env')
  expect(told).toContain('COMPOSE_FILE in .env: is not followed')
})

test('an .env that leads out, is no file or is too large is told', async () => {
  const files = { 'compose.yaml': web('environment: { A: $A }') }
  expect((await importFolder(files, { '.env': '/etc/hostname' })).told).toContain('.env: leads out of the project')
  expect((await importFolder({ ...files, '.env/x': '' })).told).toContain('.env: is not a file')
  expect((await importFolder({ ...files, '.env': 'A=1\n'.repeat(300_000) })).told).toContain('is larger than 1 MiB')
})

test('what is included is of the project, its paths begin from its own folder', async () => {
  const { drafts, read, told } = await importFolder({
    'compose.yaml': `include:\n  - db/compose.yaml\n  - path: [api/base.yaml, api/more.yaml]\n    project_directory: code\n    env_file: api/dev.env\nservices: { web: { build: ., depends_on: [db], environment: { A: "\${WHO:-none}" } } }`,
    '.env': 'WHERE=here',
    'db/compose.yaml': `services: { db: { image: "postgres:\${TAG}", env_file: db.env, environment: { AT: $WHERE } } }`,
    'db/.env': 'TAG=18\nWHERE=there',
    'db/db.env': 'POSTGRES_PASSWORD=x',
    'api/base.yaml': `services: { api: { build: ., ports: ["80:80"], environment: { WHO: $WHO }, configs: [c], volumes: ["./kept:/data", "./c.conf:/c.conf:ro"] } }\nconfigs: { c: { file: c.conf } }`,
    'api/more.yaml': 'services: { api: { environment: { MORE: 1 } } }',
    'api/dev.env': 'WHO=me',
    'code/Dockerfile': 'FROM b',
    'code/c.conf': '',
  })
  expect(told).not.toContain('include')
  expect(drafts.map(({ app }) => app)).toEqual(['shop-web', 'shop-api'])
  expect(read('env')).toEqual({ A: 'none' })
  expect(read('services')).toMatchObject({ db: { env: { AT: 'here' }, secrets: ['POSTGRES_PASSWORD'] } })
  expect(read('services', 'db', 'image')).toMatch(/^postgres:18@/)
  expect(drafts[1]?.spec).toMatchObject({
    source: { path: 'code' },
    environments: {
      staging: {
        env: { WHO: 'me', MORE: '1' },
        volumes: { data: { path: '/data' } },
        files: { '/c': { from: 'code/c.conf' }, '/c.conf': { from: 'code/c.conf' } },
      },
    },
  })
  const comments = drafts.flatMap((draft) => draft.comments.map(({ text }) => text)).join('\n')
  expect(comments).toContain('from WHO in api/dev.env')
  expect(comments).toContain('db in db/compose.yaml: image from TAG in db/.env')
  expect(comments).toContain('ports "80:80" in api/base.yaml')
})

test('of one name in two files the first is taken and the other told, unless both say the same', async () => {
  const { told, read } = await importFolder({
    'compose.yaml': `include: [a.yaml, b.yaml]\n${web('environment: { A: 1 }')}`,
    'a.yaml': 'services: { web: { image: x }, db: { image: "postgres:18" } }',
    'b.yaml': 'services: { db: { image: "postgres:18" } }',
  })
  expect(read('env')).toEqual({ A: '1' })
  expect(told).toContain('services web of a.yaml: compose.yaml has another one of that name, which compose refuses')
  expect(told).not.toContain('services db')
})

test('a service is what it extends and its own, through files and folders', async () => {
  const { read, told, draft } = await importFolder({
    'compose.yaml': `services:\n  web:\n    extends: { service: base, file: common/base.yaml }\n    environment: { B: 2 }\n    ports: ["81:81"]\n    command: [own]`,
    'common/base.yaml': `services:\n  base:\n    extends: root\n    environment: [A=1, B=1]\n    ports: ["80:80"]\n    command: [base]\n  root:\n    extends: { service: far, file: ../far/far.yaml }\n    volumes: ["./b.conf:/b:ro"]`,
    'far/far.yaml': `services: { far: { build: { dockerfile: Dockerfile }, init: true, volumes: ["./a.conf:/a:ro", "./a.conf:/b:ro"] } }`,
    'far/Dockerfile': 'FROM b',
    'far/a.conf': '',
    'common/b.conf': '',
  })
  expect(told).not.toContain('extends')
  expect(draft?.spec).toMatchObject({ source: { path: 'far' } })
  expect(read()).toMatchObject({
    args: ['own'],
    init: true,
    env: { A: '1', B: '2' },
    containerPort: 80,
    ports: [{ containerPort: 81 }],
    files: { '/a': { from: 'far/a.conf' }, '/b': { from: 'common/b.conf' } },
  })
})

test('what is marked takes nothing from what it is merged with', async () => {
  const { project } = await importFolder({
    'compose.yaml': `include: [{ path: [a.yaml, b.yaml] }]
services:
  web:
    build: .
    extends: base
    ports: !override ["81:81"]
    init: !reset false
    environment: { A: !reset null, C: 3 }
  base: { ports: ["80:80"], init: true, environment: { A: 1, B: 2 }, tty: true }`,
    'a.yaml': 'services: { api: { image: a, environment: { D: 4 }, command: [a], profiles: [none] } }',
    'b.yaml': 'services: { api: { environment: !override { E: 5 }, profiles: !reset [x] } }',
  })
  const services = Object.fromEntries(project.services.map(({ name, fields }) => [name, fields]))
  expect(services.web).toEqual({ build: '.', ports: ['81:81'], environment: { B: '2', C: '3' }, tty: 'true' })
  expect(services.api).toEqual({ image: 'a', environment: { E: '5' }, command: ['a'] })
})

test.each([
  ['a', 'extends of web in compose.yaml: compose.yaml has no service a'],
  ['web', 'leads back to web of compose.yaml: compose refuses that'],
  ['{ service: a, file: gone.yaml }', 'gone.yaml: is not there'],
  ['{ service: out, file: ../outside.yaml }', 'outside.yaml: leads out of the project'],
  ['{ service: out, file: link.yaml }', 'link.yaml: leads out of the project'],
  ['{ service: out, file: "https://example.com/x.yaml" }', 'https://example.com/x.yaml is not fetched'],
  ['{ service: a, file: open.yaml }', 'open.yaml: is not YAML'],
  ['{ service: a, file: $WHERE/x.yaml }', 'its file has a variable without a value'],
  ['[]', 'names no service that can be told'],
  ['{ service: __proto__ }', 'compose.yaml has no service __proto__'],
  ['{ service: one, file: other.yaml }', 'leads back to one of other.yaml'],
])('extends: %s is told: %s', async (wanted, why) => {
  const { told, read } = await importFolder(
    {
      'compose.yaml': web(`extends: ${wanted}\nenvironment: { A: 1 }`),
      'open.yaml': '[',
      'other.yaml': 'services: { one: { extends: two }, two: { extends: one } }',
    },
    { 'link.yaml': '../outside.yaml' },
  )
  expect(told).toContain(why)
  expect(read('env')).toEqual({ A: '1' })
})

test.each([
  ['gone.yaml', 'gone.yaml: is not there'],
  ['../outside.yaml', 'outside.yaml: leads out of the project'],
  ['/etc/hostname', 'leads out of the project'],
  ['link.yaml', 'link.yaml: leads out of the project'],
  ['folder/outside.yaml', 'folder/outside.yaml: leads out of the project'],
  ['sub', 'sub: is not a file'],
  ['https://example.com/x.yaml', 'https://example.com/x.yaml is not fetched'],
  ['git@example.com:a/b.git', 'git@example.com:a/b.git is not fetched'],
  ['oci://example.com/x', 'oci://example.com/x is not fetched'],
  ['compose.yaml', 'compose.yaml leads back to itself'],
  ['back.yaml', 'compose.yaml leads back to itself'],
  ['bomb.yaml', 'aliases stand for more'],
  ['{ path: sub/ok.yaml, env_file: ../../x.env }', 'leads out of the project'],
  ['{ path: [] }', 'names no path'],
  ['{ path: $WHERE }', 'its path has a variable without a value'],
])('include: [%s] is told: %s', async (entry, why) => {
  const { told, read } = await importFolder(
    {
      'compose.yaml': `include: [${entry.startsWith('{') ? entry : JSON.stringify(entry)}]\n${web('environment: { A: 1 }')}`,
      'back.yaml': 'include: compose.yaml',
      'sub/ok.yaml': 'services: { ok: { image: "acme/ok:1" } }',
      'bomb.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghijk'
        .split('')
        .map((name, at) => `${name}: &${name} [${`*${'abcdefghijk'[at]},`.repeat(9)}]`)
        .join('\n')}`,
    },
    { 'link.yaml': '../outside.yaml', folder: '..' },
  )
  expect(told).toContain(why)
  expect(read('env')).toEqual({ A: '1' })
})

test('files, chains and what is merged are bounded, each told where it ends', async () => {
  const doubled = Array.from({ length: 20 }, (_, at) => `B${at + 1}=$B${at}$B${at}`).join('\n')
  const grown = await importFolder({
    'compose.yaml': web('environment: { A: $A, B: $B20 }'),
    '.env': `A=1\nB0=x\n${doubled}`,
  })
  expect(grown.told).toContain('B16 in .env: with the values of its variables a text of the project')
  expect(grown.read('env')).toEqual({ A: '1' })
  const chain = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [
      `i${at}.yaml`,
      `include: [i${at + 1}.yaml]\nservices: { s${at}: { image: "a/b:1" } }`,
    ]),
  )
  const deep = await importFolder({ 'compose.yaml': `include: [i0.yaml]\n${web('')}`, ...chain })
  expect(deep.told).toContain('i19.yaml is beyond 20 files that include each other')
  const many = Array.from({ length: 300 }, (_, at) => `i${at % 5}.yaml`)
  const flat = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`i${at}.yaml`, 'volumes: {}']))
  const wide = await importFolder({ 'compose.yaml': `include: [${many.join(', ')}]\n${web('')}`, ...flat })
  expect(wide.told).toMatch(/is beyond the 100 files, or the 4 MiB, that are read/)
  const steps = Array.from({ length: 30 }, (_, at) => `  s${at}: { image: "a/b:1", extends: s${at + 1} }`).join('\n')
  const long = await importFolder({ 'compose.yaml': `${web('')}\n${steps}\n  s30: { image: "a/b:1" }` })
  expect(long.told).toContain('leads through more than 20 services')
  const base = `  base: { image: "a/b:1", expose: [${'a,'.repeat(90_000)}] }`
  const over = Array.from({ length: 400 }, (_, at) => `  s${at}: { extends: base, expose: [b] }`).join('\n')
  expect((await importFolder({ 'compose.yaml': `${web('')}\n${base}\n${over}` })).told).toContain('is too much')
}, 30_000)
