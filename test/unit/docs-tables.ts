import { readFileSync } from 'node:fs'

export function readGuide(name: string): string {
  return readFileSync(new URL(`../../docs/guide/${name}`, import.meta.url), 'utf8')
}

/** The sections of a page by their heading of a level, each with its text down to the next such heading. */
export function readSections(text: string, level: number): Map<string, string> {
  const mark = '#'.repeat(level)
  const [, ...parts] = `\n${text}`.split(new RegExp(`\n${mark} `))
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n')
      return [part.slice(0, end).replaceAll('`', ''), part.slice(end)]
    }),
  )
}

/** Rows of tables, without headlines; a first cell in backquotes marks a row. */
export function readRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/ \| /)
        .map((cell) => cell.trim()),
    )
}
