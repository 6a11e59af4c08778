import type { SourceFile } from './source-file.ts'

const runLines = 6

/** How many runs of six lines, imports, comments and lone brackets aside, stand word for word in more than one place. */
export function countRepeats(files: readonly SourceFile[]): number {
  const seen = new Map<string, number>()
  for (const run of files.flatMap(listRuns)) seen.set(run, (seen.get(run) ?? 0) + 1)
  return [...seen.values()].filter((places) => places > 1).length
}

function listRuns({ text }: SourceFile): string[] {
  const lines = text
    .replaceAll(/^import [^']*'[^']*'$/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line) && !/^(\/\/|\/?\*)/.test(line))
  return lines
    .slice(0, Math.max(0, lines.length - runLines + 1))
    .map((_, at) => lines.slice(at, at + runLines).join('\n'))
}
