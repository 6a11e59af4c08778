import { type Node, Visitor } from 'oxc-parser'
import { lineOf, type SourceFile, type Span, textOf } from './source-file.ts'

export interface IgnoredError {
  line: number
  /** Whether a comment stands in it, above it, or above the statement that it belongs to. */
  saysWhy: boolean
}

/**
 * Errors that are caught, not looked at and not answered by another one: `catch {}`, `catch { return [] }`, `.catch(() => [])`.
 * `.then(…, () => false)` is none: there both branches are the answer to a question.
 */
export function listIgnoredErrors(file: SourceFile): IgnoredError[] {
  const ignored: IgnoredError[] = []
  const note = (handler: Span, statement: Span) =>
    ignored.push({ line: lineOf(file, handler.start), saysWhy: isExplained(file, handler, statement) })
  new Visitor({
    TryStatement(node) {
      const { handler } = node
      if (handler && isIgnoring(file, handler.param, handler.body)) note(handler, node)
    },
    CallExpression(node) {
      const {
        callee,
        arguments: [handler],
      } = node
      if (callee.type !== 'MemberExpression' || textOf(file, callee.property) !== 'catch') return
      if (handler?.type !== 'ArrowFunctionExpression' || !isIgnoring(file, handler.params[0], handler.body)) return
      note({ start: callee.property.start, end: node.end }, node)
    },
  }).visit(file.program)
  return ignored
}

function isIgnoring(file: SourceFile, error: Node | null | undefined, body: Node): boolean {
  const isEmpty = body.type === 'BlockStatement' && body.body.length === 0
  return (!error || isEmpty) && !/\bthrow/.test(textOf(file, body))
}

/** Two lines above still count: the comment of a function whose first line it is. */
function isExplained(file: SourceFile, handler: Span, statement: Span): boolean {
  const [start, first, last] = [lineOf(file, statement.start), lineOf(file, handler.start), lineOf(file, handler.end)]
  return file.comments.some(({ end }) => {
    const line = lineOf(file, end)
    return (line >= start - 2 && line <= start) || (line >= first - 1 && line <= last)
  })
}
