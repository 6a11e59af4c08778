import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Expression, parseSync, Visitor } from 'oxc-parser'
import { checkSync } from 'recheck'
import { expect, test } from 'vitest'

/*
 * A pattern that takes more than linear time lets whoever writes the text stop the process. Each one in the source is judged by a checker;
 * what a pattern is made of while the program runs, the checker does not see.
 */
const root = join(import.meta.dirname, '../..')
const files = globSync('{apps,packages,bin}/**/*.ts', { cwd: root, exclude: (name) => name.includes('node_modules') })
/** Tests and what serves them alone read no foreign text. */
const served = files.filter((file) => !/\.test\.ts$|^packages\/testkit\/|\/(conformance|testing)\//.test(file))

/** Made at run time: how often, and why it is linear. */
const made: Record<string, [count: number, why: string]> = {
  'packages/engine-docker/src/spec/labels.ts': [1, 'a literal and twelve digits'],
  'packages/formats/src/dockerfile/words.ts': [3, 'no two branches begin alike: a test gives it quotes without end'],
  'packages/engine-docker/src/failure/translate.ts': [1, 'every part is bounded'],
  'packages/engine/src/kit/log-lines.ts': [1, 'begins with a literal path, and what follows excludes it'],
  'apps/cli/src/archive/ignore-patterns.ts': [1, 'the user’s own file, on the user’s own machine'],
  'apps/api/src/plugins/problems.ts': [1, 'anchored, with a slash between any two parts'],
}

interface Found {
  patterns: Map<string, { source: string; flags: string; file: string }>
  made: Record<string, number>
}

function findPatterns(): Found {
  const found: Found = { patterns: new Map(), made: {} }
  for (const file of served) {
    const { program } = parseSync(file, readFileSync(join(root, file), 'utf8'))
    const countMade = (callee: Expression) => {
      if (callee.type === 'Identifier' && callee.name === 'RegExp') found.made[file] = (found.made[file] ?? 0) + 1
    }
    new Visitor({
      Literal(node) {
        if (!('regex' in node) || !node.regex) return
        const { pattern: source, flags } = node.regex
        found.patterns.set(`/${source}/${flags}`, { source, flags, file })
      },
      NewExpression: ({ callee }) => countMade(callee),
      CallExpression: ({ callee }) => countMade(callee),
    }).visit(program)
  }
  return found
}

const found = findPatterns()

/** Without a repetition there is nothing to go through twice. */
function repeats(source: string): boolean {
  return /[*+{]/.test(source.replace(/\\./g, ''))
}

/** Small counts stand for large ones, and letters for both cases: neither changes whether the time is linear, and both are slow to judge. */
function judge(source: string, flags: string): string {
  const small = source
    .replace(/\{\d+,(\d+)\}/g, (count, most: string) => (Number(most) > 3 ? '{0,3}' : count))
    .replace(/\{\d+\}/g, '{2}')
  const result = checkSync(small, flags.replace(/[gi]/g, ''), { timeout: 60_000, randomSeed: 1 })
  return result.status === 'vulnerable' ? `vulnerable: ${result.complexity.summary}` : result.status
}

const repeating = [...found.patterns].filter(([, { source }]) => repeats(source))

test.each(repeating)('%s is linear', (_title, { source, flags, file }) => {
  expect(judge(source, flags), file).toBe('safe')
})

test('what is made at run time is known, with the reason why it is linear', () => {
  expect(found.made).toEqual(Object.fromEntries(Object.entries(made).map(([file, [count]]) => [file, count])))
})

test('the checker tells a slow one, and patterns are read at all', () => {
  expect(judge('(a|a)*b', '')).toMatch(/^vulnerable/)
  expect(judge('repository .*not found', '')).toMatch(/^vulnerable/)
  expect(repeating.length).toBeGreaterThan(100)
})
