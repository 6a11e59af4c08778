import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countRepeats } from './count-repeats.ts'
import { type Figures, measureFile } from './measure-file.ts'
import type { SourceFile } from './source-file.ts'

const sources = '{apps,packages}/*/src/**/*.ts'
const tests = ['{apps,packages}/*/src/**/*.test.ts', 'test/**/*.ts']

/** @returns each figure by what it is called */
export function measureCheckout(root: string): Record<string, string> {
  const own = readAll(root, [sources]).filter(({ path }) => !/\.test\.ts$|conformance|packages\/testkit\//.test(path))
  const ofTests = readAll(root, [
    ...tests,
    '{apps,packages}/*/src/**/*conformance*/**/*.ts',
    'packages/testkit/src/**/*.ts',
  ])
  const [code, checks] = [own.map(measureFile), ofTests.map(measureFile)]
  return {
    'source files': String(own.length),
    'lines of source': String(sum(own.map(({ text }) => countLines(text)))),
    'lines of tests': String(sum(ofTests.map(({ text }) => countLines(text)))),
    'lines per file: median, p90, max': spread(own.map(({ text }) => countLines(text))),
    'lines per function: median, p90, max': spread(code.flatMap(({ functionLines }) => functionLines)),
    casts: total(code, 'casts'),
    'non-null assertions': total(code, 'assertions'),
    'Record<string, unknown>': total(code, 'looseRecords'),
    'ignored errors': total(code, 'ignoredErrors'),
    'ignored errors that do not say why': total(code, 'silentErrors'),
    'polls in tests': total(checks, 'polls'),
    'sleeps in tests': total(checks, 'sleeps'),
    'repeated runs of six lines': String(countRepeats(own)),
  }
}

function readAll(root: string, patterns: string[]): SourceFile[] {
  const paths = [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })))].sort()
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const countLines = (text: string) => text.trimEnd().split('\n').length
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
const total = (files: Figures[], name: Exclude<keyof Figures, 'functionLines'>) =>
  String(sum(files.map((file) => file[name])))

function spread(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return `${at(0.5)}, ${at(0.9)}, ${sorted.at(-1)}`
}
