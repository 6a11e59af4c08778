import { Visitor } from 'oxc-parser'
import { lineOf, type SourceFile } from './source-file.ts'

export interface FunctionSize {
  /** Of its first line. */
  line: number
  lines: number
}

/** Each function, method and arrow function with a body in braces. Those inside it count as its lines too. */
export function listFunctions(file: SourceFile): FunctionSize[] {
  const sizes: FunctionSize[] = []
  const note = ({ body, start, end }: { body: { type: string } | null; start: number; end: number }) => {
    if (body?.type !== 'BlockStatement') return
    const line = lineOf(file, start)
    sizes.push({ line, lines: lineOf(file, end) - line + 1 })
  }
  new Visitor({ FunctionDeclaration: note, FunctionExpression: note, ArrowFunctionExpression: note }).visit(
    file.program,
  )
  return sizes
}
