import { FailureError } from '@stevedore/contract'
import {
  countSteps,
  expandWord,
  type Given,
  listStages,
  parseInstructions,
  readDirectives,
  readEscapeMark,
  readGlobals,
  splitLines,
  splitWords,
} from '@stevedore/formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listAdditions, listFetches, refuseAmbiguous } from './fetches.ts'
import { findDeniedRequest } from './policy.ts'
import { rewriteDockerfile } from './rewrite.ts'

/* What holds of any text that somebody calls a Dockerfile. */
const word = fc.constantFrom(
  ...[
    'FROM',
    'from',
    'RUN',
    'COPY',
    'ADD',
    'ARG',
    'ENV',
    'ONBUILD',
    'AS',
    'a',
    'b',
    'scratch',
    'A=1',
    'A=$A$A',
    '.',
    '/x',
  ],
  ...[
    '--from=a',
    '--mount=from=b,target=/',
    '--network=none',
    '--security=insecure',
    '--checksum=0',
    '# syntax=x',
    '#',
  ],
  ...[
    '$A',
    `\${A}`,
    `\${A:-$B}`,
    `\${A:+x}`,
    `\${`,
    '"',
    "'",
    '\\',
    '`',
    '<<EOF',
    '<<-"E"',
    'EOF',
    '[',
    '["a","b"]',
    '\u0085',
  ],
  ...['https://example.com/a', 'git@example.com:a', 'http://127.0.0.1/', '\ufffd', 'à', '{"syntax":"x"}', '# escape=`'],
)
const gap = fc.constantFrom(' ', ' ', ' ', '\n', '\n', '\n', '\\\n', '`\n', '\t', '\r\n', '', '\0')
const likely = fc.array(fc.tuple(word, gap), { maxLength: 40 }).map((parts) => parts.flat().join(''))
const anyDockerfile = fc.oneof(
  { weight: 4, arbitrary: likely },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

const givenOf = (text: string): Given => ({
  args: { A: 'x' },
  platform: { TARGETARCH: 'amd64' },
  escapeMark: readEscapeMark(text),
})

/** All that is asked of a Dockerfile before a build. */
function judge(text: string): void {
  const instructions = parseInstructions(text, 'skip')
  findDeniedRequest(text, [])
  const stages = listStages(instructions)
  for (const index of stages.keys()) expect(countSteps(stages, index)).toBeLessThanOrEqual(instructions.length)
  refuseAmbiguous(text, instructions)
  const given = givenOf(text)
  const globals = readGlobals(instructions, given)
  for (const stage of listFetches(instructions, given))
    listAdditions(stage, { args: new Map(globals.args), env: new Map() }, globals, given)
}

/** @returns what it threw; anything but a refusal is thrown on */
function refusalOf(act: () => void): unknown {
  try {
    act()
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    return error.code
  }
  return undefined
}

test('it is read, or refused in words: nothing else is thrown', () => {
  fc.assert(
    fc.property(anyDockerfile, (text) => {
      expect([undefined, 'address-not-allowed', 'resource-exceeded']).toContain(refusalOf(() => judge(text)))
    }),
    { numRuns: 300 },
  )
})

test('every instruction stands on lines of the text, one after the other', () => {
  fc.assert(
    fc.property(anyDockerfile, fc.constantFrom('skip', 'read'), (text, heredocs) => {
      let before = 0
      for (const { line, lastLine, name } of parseInstructions(text, heredocs as 'skip')) {
        expect(line).toBeGreaterThan(before)
        expect(lastLine).toBeGreaterThanOrEqual(line)
        expect(name).toMatch(/^[A-Z]+$/)
        before = lastLine
      }
      expect(before).toBeLessThanOrEqual(splitLines(text).length)
    }),
  )
})

test('to replace nothing changes no line', () => {
  fc.assert(
    fc.property(anyDockerfile, (text) => {
      expect(rewriteDockerfile(text, [])).toBe(splitLines(text).join('\n'))
    }),
  )
})

test('a directive is in lower case and has a value', () => {
  fc.assert(
    fc.property(anyDockerfile, (text) => {
      for (const [name, value] of readDirectives(text))
        expect([name, value]).toEqual([name.toLowerCase(), expect.stringMatching(/./)])
    }),
  )
})

test('a word without quotes, marks and variables is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/["'$\\]/.test(text))
      expect(expandWord(text, new Map(), '\\')).toBe(text)
      expect(splitWords(text, '\\')).toEqual(text.split(/\s+/).filter(Boolean))
    }),
  )
})

test('of more stages than anybody writes it is said so', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => `FROM s${index} AS s${index + 1}`)
  expect(refusalOf(() => judge(chain.join('\n')))).toBe('resource-exceeded')
  expect(refusalOf(() => judge(chain.slice(0, 1_000).join('\n')))).toBeUndefined()
})

test.each([
  ['ENV A=$A$A\n', 'doubles a variable in every line'],
  ['ARG A=$A$A\n', 'doubles an argument in every line'],
  ['RUN <<A\n', 'opens here-documents that nothing closes'],
  ['RUN <<A <<B <<C <<D <<E <<F\n', 'opens many in every line'],
  ['FROM a\n', 'has stages without end'],
  ['COPY --from=a . .\n', 'copies without end'],
  ['RUN \\\n', 'goes on without end'],
])('a text that repeats %j costs no more than its length', (line) => {
  const text = `FROM a\nENV A=0123456789\n${line.repeat(Math.ceil(200_000 / line.length))}ADD $A /`
  const began = performance.now()
  refusalOf(() => judge(text))
  // A quiet machine takes a hundredth of it; what grows with the square takes minutes.
  expect(performance.now() - began).toBeLessThan(20_000)
})
