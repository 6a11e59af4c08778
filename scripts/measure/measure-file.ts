import { type Node, parseSync, Visitor } from 'oxc-parser'
import type { SourceFile } from './source-file.ts'

export interface Figures {
  /** Of each function with a body of its own in braces. */
  functionLines: number[]
  casts: number
  assertions: number
  looseRecords: number
  /** Errors that are caught and thrown away: an empty `catch`, `.catch(() => {})`. */
  ignoredErrors: number
  /** Those of them without a comment in them or on the lines before. */
  silentErrors: number
  /** Asking again and again until something holds. */
  polls: number
  /** Waiting for a time instead of a fact. */
  sleeps: number
}

type Call = Extract<Node, { type: 'CallExpression' }>

export function measureFile({ path, text }: SourceFile): Figures {
  const { program, comments } = parseSync(path, text)
  const figures: Figures = {
    ...{ functionLines: [], casts: 0, assertions: 0, looseRecords: 0 },
    ...{ ignoredErrors: 0, silentErrors: 0, polls: 0, sleeps: 0 },
  }
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const commentLines = new Set(comments.flatMap(({ start, end }) => [lineOf(start), lineOf(end)]))
  const onFunction = (node: { body: { type: string } | null; start: number; end: number }) => {
    if (node.body?.type === 'BlockStatement') figures.functionLines.push(lineOf(node.end) - lineOf(node.start) + 1)
  }
  const onIgnored = ({ start, end }: { start: number; end: number }) => {
    figures.ignoredErrors += 1
    const [first, last] = [lineOf(start), lineOf(end)]
    const near = Array.from({ length: last - first + 3 }, (_, index) => first - 2 + index)
    if (!near.some((line) => commentLines.has(line))) figures.silentErrors += 1
  }
  new Visitor({
    FunctionDeclaration: onFunction,
    FunctionExpression: onFunction,
    ArrowFunctionExpression: onFunction,
    TSAsExpression(node) {
      if (text.slice(node.typeAnnotation.start, node.typeAnnotation.end) !== 'const') figures.casts += 1
    },
    TSNonNullExpression: () => void figures.assertions++,
    TSTypeReference(node) {
      if (/^Record<string, unknown>$/.test(text.slice(node.start, node.end))) figures.looseRecords += 1
    },
    CatchClause(node) {
      if (node.body.body.length === 0) onIgnored(node)
    },
    CallExpression(node) {
      if (isIgnoringCatch(node)) onIgnored({ start: node.callee.end, end: node.end })
      if (/^(expect\.poll|vi\.waitFor|vi\.waitUntil|until|pollUntil|waitUntil|eventually)$/.test(nameOf(node, text)))
        figures.polls += 1
      if (isSleep(node, text)) figures.sleeps += 1
    },
  }).visit(program)
  return figures
}

function nameOf({ callee }: Call, text: string): string {
  return text.slice(callee.start, callee.end)
}

/** `.catch(() => {})`, `.catch(() => undefined)`, `.catch(() => [])`: the error is not even looked at. */
function isIgnoringCatch({ callee, arguments: [handler] }: Call): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.property.name !== 'catch')
    return false
  if (handler?.type !== 'ArrowFunctionExpression' || handler.params.length > 0) return false
  return handler.body.type !== 'BlockStatement' || handler.body.body.length === 0
}

/** A `delay`, `sleep`, or a promise of nothing but a timer. */
function isSleep(node: Call, text: string): boolean {
  if (/^(delay|sleep|wait)$/.test(nameOf(node, text))) return true
  return /^setTimeout$/.test(nameOf(node, text)) && /resolve|done/.test(text.slice(node.start, node.start + 30))
}
