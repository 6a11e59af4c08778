import { type Comment, type Program, parseSync } from 'oxc-parser'

/** A file of TypeScript, with its syntax tree. */
export interface SourceFile {
  /** From the checkout's root on. */
  path: string
  text: string
  program: Program
  comments: readonly Comment[]
}

/** Offsets of a syntax node in its file's text. */
export interface Span {
  start: number
  end: number
}

export function parseFile(path: string, text: string): SourceFile {
  const { program, comments } = parseSync(path, text)
  return { path, text, program, comments }
}

/** The line that an offset is on, from 1 on. */
export function lineOf({ text }: SourceFile, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

export function textOf({ text }: SourceFile, { start, end }: Span): string {
  return text.slice(start, end)
}

export function countLines({ text }: SourceFile): number {
  return text.trimEnd().split('\n').length
}
