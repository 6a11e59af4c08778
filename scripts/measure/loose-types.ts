import { Visitor } from 'oxc-parser'
import { lineOf, type SourceFile, type Span, textOf } from './source-file.ts'

/** The lines on which the compiler is told instead of asked. */
export interface LooseTypes {
  /** `x as T`; `as const` is none, and `x as unknown as T` is two. */
  casts: number[]
  /** `x!`. */
  assertions: number[]
  /** `Record<string, unknown>`. */
  records: number[]
}

export function findLooseTypes(file: SourceFile): LooseTypes {
  const found: LooseTypes = { casts: [], assertions: [], records: [] }
  const note = (lines: number[], { start }: Span) => lines.push(lineOf(file, start))
  new Visitor({
    TSAsExpression(node) {
      if (textOf(file, node.typeAnnotation) !== 'const') note(found.casts, node)
    },
    TSNonNullExpression: (node) => note(found.assertions, node),
    TSTypeReference(node) {
      if (textOf(file, node) === 'Record<string, unknown>') note(found.records, node)
    },
  }).visit(file.program)
  return found
}
