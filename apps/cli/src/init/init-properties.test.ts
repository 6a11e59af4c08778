import { join } from 'node:path'
import { appSpec } from '@stevedore/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCommandFailure } from '../exit.ts'
import { parseSpec } from '../parse-spec.ts'
import { visible } from '../render/visible.ts'
import { makeProject } from '../testing/project.ts'
import { draftProject } from './compose/draft-project.ts'
import { loadProject } from './compose/load-project.ts'
import { describeDrafts } from './describe-drafts.ts'
import { readStages } from './dockerfile.ts'
import { createDraft, type Draft } from './draft.ts'
import { openDraft } from './open-draft.ts'
import { readProcfile, takeProcfile } from './procfile.ts'
import { readObjects } from './read-manifests.ts'
import { takeDockerfile } from './take-dockerfile.ts'
import { takeManifests } from './take-manifests.ts'
import { createUsedPorts } from './way-in.ts'
import { writeSpec } from './write-spec.ts'

const engine = fc.constantFrom('docker' as const, 'kubernetes' as const)

/** A spec as it is written: it parses, a terminal may be given it, and so the summary. */
function requireValid(draft: Draft): void {
  const text = writeSpec([draft], 'Made by a test')
  expect(appSpec.safeParse(parseSpec(text)).error).toBeUndefined()
  expect(visible(text)).toBe(text)
  const summary = describeDrafts([draft], { leftOut: [], folder: '.' })
  expect(visible(summary)).toBe(summary)
}

const word = fc.oneof(
  fc.constantFrom(
    '0',
    '1000',
    '80',
    '65536',
    '/data',
    '/proc',
    '/tmp/x',
    `\${A:-b}`,
    '$B',
    '$MY_TOKEN',
    `\${MY_TOKEN:-x}:\${PORT}`,
    '$PLAIN',
    'a b',
    '1.10',
    '~',
    'true',
    '',
    '__proto__',
    '\u001b[2J',
    '\u202e',
    '#',
    '\n',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const instruction = fc.tuple(
  fc.constantFrom(
    'FROM',
    'USER',
    'EXPOSE',
    'VOLUME',
    'HEALTHCHECK CMD',
    'CMD',
    'ENTRYPOINT',
    'ENV',
    'ARG',
    'ONBUILD USER',
    'RUN <<E',
  ),
  fc.array(word, { maxLength: 4 }),
  fc.constantFrom('\n', ' \\\n', '\n# c\n'),
)
const dockerfile = fc
  .array(
    instruction.map(([name, words, end]) => `${name} ${words.join(' ')}${end}`),
    { maxLength: 12 },
  )
  .map((lines) => `FROM a AS production\n${lines.join('')}`)

const name = fc.oneof(fc.constantFrom('shop', 'web', 'db'), word)
const labels = fc.record({ app: name })
const container = fc.record({ name, image: fc.oneof(fc.constantFrom('acme/shop:1', 'postgres:18', 'shop'), word) })
const pods = fc.record({
  metadata: fc.record({ labels }),
  spec: fc.record({ containers: fc.oneof(fc.array(container, { maxLength: 3 }), word) }),
})
const object = fc.record({
  kind: fc.constantFrom('Deployment', 'Deployment', 'Service', 'CronJob', 'Secret', 'List'),
  metadata: fc.oneof(fc.record({ name }), word),
  spec: fc.record({ replicas: fc.oneof(word, fc.integer()), selector: labels, template: pods }),
})
const manifests = fc.array(object, { maxLength: 5 }).map((all) => all.map((one) => JSON.stringify(one)).join('\n---\n'))

test('whatever a Dockerfile and manifests say, it is read or refused by its name, and what is written is a spec', () => {
  fc.assert(
    fc.property(fc.oneof(dockerfile, fc.string()), engine, fc.string(), manifests, (text, kind, procfile, objects) => {
      const draft = openDraft({ app: 'shop', environment: 'staging', engine: kind })
      try {
        takeDockerfile(draft, { name: 'Dockerfile', stages: readStages(text, 'Dockerfile') }, createUsedPorts())
        const found = { path: '/shop/k8s', isKustomization: false, objects: readObjects(objects, '/shop/k8s/a.yaml') }
        takeManifests(draft, found, { folder: '/shop', root: '/shop', git: undefined }, new Set(['shop']))
        takeProcfile(draft, readProcfile(`web: ${procfile}\n${procfile}: x\nrelease: ${procfile}`), draft.runs)
      } catch (error) {
        if (isCommandFailure(error)) return
        throw error
      }
      requireValid(draft)
    }),
    { numRuns: 400 },
  )
})

const key = fc.oneof(
  fc.constantFrom(
    ...'build image command entrypoint environment env_file ports expose healthcheck volumes user init read_only tmpfs cap_add deploy depends_on links scale cpus mem_limit stop_grace_period configs secrets profiles privileged extends'.split(
      ' ',
    ),
  ),
  word,
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.constantFrom(null, 0, 1.1, true),
    fc.constantFrom(
      '3000:80',
      '53:53/udp',
      '127.0.0.1:1:1',
      'data:/data',
      './x:/x:ro',
      '/run/docker.sock:/s',
      'A=1',
      'TOKEN=x',
      '1m',
      '512m',
      'CAP_CHOWN',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        word,
        fc.constantFrom(
          'context',
          'target',
          'test',
          'args',
          'replicas',
          'resources',
          'limits',
          'memory',
          'source',
          'type',
        ),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}))
const project = fc.dictionary(word, fc.dictionary(key, value, { maxKeys: 10 }), { minKeys: 1, maxKeys: 4 })

async function importText(text: string, kind: Draft['engine'], folder: string, overrides: string[]): Promise<void> {
  const inside = { folder, root: folder, git: undefined }
  const found = await loadProject(text, {
    place: inside,
    path: join(folder, 'compose.yaml'),
    overrides: overrides.map((name) => join(folder, name)),
    areFound: true,
  })
  const context = { project: found, place: inside, folder, used: createUsedPorts() }
  const { drafts, leftOut } = await draftProject(context, { app: undefined, environment: 'staging', engine: kind })
  for (const draft of drafts) requireValid(draft)
  const written = drafts.map((draft) => writeSpec([draft], 'Made by a test')).join('\n')
  expect(written + describeDrafts(drafts, { leftOut, folder: '.' })).not.toContain('hunter2')
}

test('whatever a compose file says, it is read or refused by its name, what is written are specs, and no secret of .env is in them', async () => {
  const folder = await makeProject({
    '.env': "MY_TOKEN='hunter2'\nPORT=80\nPLAIN=a$MY_TOKEN\nB=}$$",
    'other.yaml': `services: { a: { image: "a/b:$PORT", environment: [X=$PLAIN, "Y=$PORT"], volumes: ["./x:/x"] } }`,
    'over.yaml': `services: { a: !override { image: $PORT }, web: { ports: !override ["1:$PORT"], environment: { A: $MY_TOKEN, X: !reset x }, build: { args: [A=$PLAIN] } }, db: !reset , "80": { command: [$MY_TOKEN], volumes: [".:/x"] } }`,
    'broken.yaml': 'services: [',
  })
  const include = fc.oneof(word, fc.constantFrom('other.yaml', './other.yaml', '.', '..', 'https://a/b'), value)
  const overrides = fc.constantFrom<string[]>([], [], [], [], [], ['broken.yaml', 'over.yaml', 'gone.yaml'])
  const text = fc.oneof(
    project.map((services) => JSON.stringify({ services })),
    fc.tuple(project, include).map(([services, one]) => JSON.stringify({ services, include: [one] })),
    fc
      .tuple(project, fc.constantFrom('a', 'b'))
      .map(([services, service]) =>
        JSON.stringify({ services: { ...services, web: { build: '.', extends: { service, file: 'other.yaml' } } } }),
      ),
    fc.string().map((services) => `services: ${services}`),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(text, engine, overrides, async (written, kind, merged) => {
      await importText(written, kind, folder, merged).catch((error: unknown) => {
        if (!isCommandFailure(error)) throw error
      })
    }),
    { numRuns: 1_500 },
  )
}, 60_000)

test('the rest of a draft may be anything: what no spec may say goes, and is told', () => {
  const settings = fc.dictionary(
    fc.oneof(key, fc.constantFrom('containerPort', 'port', 'health', 'env', 'files', 'migrate')),
    value,
    { maxKeys: 6 },
  )
  fc.assert(
    fc.property(settings, engine, (found, kind) => {
      const draft = createDraft({ app: 'shop', environment: 'staging', engine: kind })
      // Root is said of an environment as a whole; nothing here takes it over.
      if (found.user === 0) return
      const namespace = kind === 'kubernetes' ? { namespace: 'shop' } : {}
      draft.spec.environments = { staging: { ...found, engine: kind, ...namespace } }
      requireValid(draft)
    }),
    { numRuns: 1_000 },
  )
})
