import { Visitor } from 'oxc-parser'
import { lineOf, type SourceFile, textOf } from './source-file.ts'

/** The lines on which a test does not wait for what it is told. */
export interface Waits {
  /** Asking again and again until something holds. */
  polls: number[]
  /** Waiting for a time to pass. */
  sleeps: number[]
}

const poll = /^(expect\.poll|vi\.waitFor|vi\.waitUntil|until|pollUntil|waitUntil|eventually)$/

/** A sleep is a call of Node's promised `setTimeout`, whatever it is called here, of a `delay` or `sleep`, or a promise of a mere timer. */
export function findWaits(file: SourceFile): Waits {
  const waits: Waits = { polls: [], sleeps: [] }
  const sleeps = new Set(['delay', 'sleep', ...listPromisedTimers(file)])
  new Visitor({
    CallExpression({ start, callee }) {
      const name = textOf(file, callee)
      if (poll.test(name)) waits.polls.push(lineOf(file, start))
      if (sleeps.has(name)) waits.sleeps.push(lineOf(file, start))
    },
    NewExpression({ start, callee, arguments: [executor] }) {
      if (textOf(file, callee) !== 'Promise' || executor?.type !== 'ArrowFunctionExpression') return
      const [resolve] = executor.params
      if (resolve && isMereTimer(textOf(file, executor.body), textOf(file, resolve)))
        waits.sleeps.push(lineOf(file, start))
    },
  }).visit(file.program)
  return waits
}

/** What `setTimeout` of `node:timers/promises` is called in a file. */
function listPromisedTimers({ program }: SourceFile): string[] {
  const imports = program.body.filter((node) => node.type === 'ImportDeclaration')
  return imports
    .filter(({ source }) => source.value === 'node:timers/promises')
    .flatMap(({ specifiers }) => specifiers)
    .filter((specifier) => specifier.type === 'ImportSpecifier')
    .filter(({ imported }) => imported.type === 'Identifier' && imported.name === 'setTimeout')
    .map(({ local }) => local.name)
}

function isMereTimer(body: string, resolve: string): boolean {
  const [name = ''] = resolve.split(':')
  return new RegExp(`setTimeout\\((\\(\\) => )?${name}\\b`).test(body)
}
