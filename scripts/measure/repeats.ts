import { lineOf, type SourceFile } from './source-file.ts'

export interface Place {
  path: string
  /** The first of those that repeat. */
  line: number
}

/** Where six lines or more, imports and comments aside, stand in another place too, word for word. */
export function findRepeats(files: readonly SourceFile[]): Place[] {
  return findEqualRuns(files, (line) => line)
}

/** Where six lines or more differ from those of another place by names and values at most. */
export function findLookalikes(files: readonly SourceFile[]): Place[] {
  return findEqualRuns(files, toForm)
}

const keywords = new Set(
  (
    'const let if else return for of in await async function new throw try catch finally while switch case default ' +
    'break continue typeof instanceof undefined null true false export interface type extends void string number boolean'
  ).split(' '),
)

/** A line with `n` for each name, `s` for each text and `0` for each number. */
function toForm(line: string): string {
  return line
    .replace(/`[^`]*`|'[^']*'|"[^"]*"/g, '"')
    .replace(/\b\d[\d_.]*\b/g, '0')
    .replace(/[A-Za-z_$][\w$]*/g, (word) => (keywords.has(word) ? word : 'n'))
    .replaceAll('"', 's')
}

const runLines = 6
/** A run of fewer is a table, whose rows are alike by nature. */
const leastDistinctLines = 5

interface Line {
  line: number
  text: string
}

function findEqualRuns(files: readonly SourceFile[], normalize: (line: string) => string): Place[] {
  const runs = files.map((file) => ({ path: file.path, own: listRuns(listLines(file, normalize)) }))
  const byText = Map.groupBy(
    runs.flatMap(({ own }) => own),
    ({ text }) => text,
  )
  const isRepeated = (run: Line | undefined) => run !== undefined && (byText.get(run.text)?.length ?? 0) > 1
  return runs.flatMap(({ path, own }) =>
    own.filter((run, index) => isRepeated(run) && !isRepeated(own[index - 1])).map(({ line }) => ({ path, line })),
  )
}

/** Every six lines that follow each other, with the number of the first. */
function listRuns(lines: readonly Line[]): Line[] {
  return lines
    .map(({ line }, index) => ({ line, texts: lines.slice(index, index + runLines).map(({ text }) => text) }))
    .filter(({ texts }) => texts.length === runLines && new Set(texts).size >= leastDistinctLines)
    .map(({ line, texts }) => ({ line, text: texts.join('\n') }))
}

/** Lines that say something: no import, no comment, no lone bracket. */
function listLines(file: SourceFile, normalize: (line: string) => string): Line[] {
  const imports = file.program.body
    .filter(({ type }) => type === 'ImportDeclaration')
    .map(({ start, end }) => ({ first: lineOf(file, start), last: lineOf(file, end) }))
  return file.text
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => /\w/.test(text) && !/^(\/\/|\/?\*)/.test(text))
    .filter(({ line }) => !imports.some(({ first, last }) => first <= line && line <= last))
    .map(({ line, text }) => ({ line, text: normalize(text) }))
}
