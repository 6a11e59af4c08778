import { appSpec } from '@stevedore/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCommandFailure } from '../exit.ts'
import { parseSpec } from '../parse-spec.ts'
import { visible } from '../render/visible.ts'
import { draftProject } from './compose/draft-project.ts'
import { readProject } from './compose/read-project.ts'
import { describeDrafts } from './describe-drafts.ts'
import { readStages } from './dockerfile.ts'
import { createDraft, type Draft } from './draft.ts'
import { openDraft } from './open-draft.ts'
import { readProcfile, takeProcfile } from './procfile.ts'
import { takeDockerfile } from './take-dockerfile.ts'
import { createUsedPorts } from './way-in.ts'
import { writeSpec } from './write-spec.ts'

const engine = fc.constantFrom('docker' as const, 'kubernetes' as const)
const place = { folder: '/nowhere', root: '/nowhere', git: undefined }

/** A spec as it is written: it parses, a terminal may be given it, and so the summary. */
function requireValid(draft: Draft): void {
  const text = writeSpec(draft, 'Made by a test')
  expect(appSpec.safeParse(parseSpec(text)).error).toBeUndefined()
  expect(visible(text)).toBe(text)
  const summary = describeDrafts([{ draft, file: 'stevedore.yaml' }], { leftOut: [], folder: '.' })
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

test('whatever a Dockerfile says, it is read or refused by its name, and what is written is a spec', () => {
  fc.assert(
    fc.property(fc.oneof(dockerfile, fc.string()), engine, fc.string(), (text, kind, procfile) => {
      const draft = openDraft({ app: 'shop', environment: 'staging', engine: kind })
      try {
        takeDockerfile(draft, { name: 'Dockerfile', stages: readStages(text, 'Dockerfile') }, createUsedPorts())
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
    ...'build image command entrypoint environment env_file ports expose healthcheck volumes user init read_only tmpfs cap_add deploy depends_on links scale cpus mem_limit stop_grace_period configs secrets profiles privileged'.split(
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

async function importText(text: string, kind: Draft['engine']): Promise<void> {
  const context = { project: readProject(text, 'compose.yaml'), place, folder: '/nowhere', used: createUsedPorts() }
  const { drafts } = await draftProject(context, { app: undefined, environment: 'staging', engine: kind })
  for (const draft of drafts) requireValid(draft)
}

test('whatever a compose file says, it is read or refused by its name, and what is written are specs', async () => {
  const text = fc.oneof(
    project.map((services) => JSON.stringify({ services })),
    fc.string().map((services) => `services: ${services}`),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(text, engine, async (written, kind) => {
      await importText(written, kind).catch((error: unknown) => {
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
