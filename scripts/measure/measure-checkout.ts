import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFunctions } from './functions.ts'
import { listIgnoredErrors } from './ignored-errors.ts'
import { findLooseTypes } from './loose-types.ts'
import { findLookalikes, findRepeats, type Place } from './repeats.ts'
import { countLines, parseFile, type SourceFile } from './source-file.ts'
import { findWaits } from './waits.ts'

/** One line of the table. */
export interface Figure {
  value: string
  /** Where what was counted stands; absent where the figure is of every file. */
  places?: readonly Place[]
}

/** What runs in production, without what tests it. */
const sources = ['{apps,packages}/*/src/**/*.ts']
const tests = [
  '{apps,packages}/*/src/**/{*.test.ts,conformance.ts,conformance/**/*.ts}',
  'packages/testkit/src/**/*.ts',
  'test/**/*.ts',
]
/** Lines beyond which a function may hold two things. */
const longFunction = 15

/** @returns each figure by what it is called */
export function measureCheckout(root: string): Record<string, Figure> {
  const ofTests = readAll(root, tests)
  const paths = new Set(ofTests.map(({ path }) => path))
  const own = readAll(root, sources).filter(({ path }) => !paths.has(path))
  return { ...measureSize(own, ofTests), ...measureStrictness(own), ...measureWaits(ofTests), ...measureRepeats(own) }
}

function measureSize(own: SourceFile[], ofTests: SourceFile[]): Record<string, Figure> {
  const functions = own.flatMap((file) => listFunctions(file).map((size) => ({ path: file.path, ...size })))
  return {
    'source files': { value: String(own.length) },
    'lines of source': { value: String(sum(own.map(countLines))) },
    'lines of tests': { value: String(sum(ofTests.map(countLines))) },
    'lines per file: median, p90, max': { value: spread(own.map(countLines)) },
    'lines per function: median, p90, max': { value: spread(functions.map(({ lines }) => lines)) },
    [`functions over ${longFunction} lines`]: count(functions.filter(({ lines }) => lines > longFunction)),
  }
}

function measureStrictness(own: SourceFile[]): Record<string, Figure> {
  return {
    casts: collect(own, (file) => findLooseTypes(file).casts),
    'non-null assertions': collect(own, (file) => findLooseTypes(file).assertions),
    'Record<string, unknown>': collect(own, (file) => findLooseTypes(file).records),
    'ignored errors': collect(own, (file) => listIgnoredErrors(file).map(({ line }) => line)),
    'ignored errors that do not say why': collect(own, (file) =>
      listIgnoredErrors(file)
        .filter(({ saysWhy }) => !saysWhy)
        .map(({ line }) => line),
    ),
  }
}

function measureWaits(ofTests: SourceFile[]): Record<string, Figure> {
  return {
    'polls in tests': collect(ofTests, (file) => findWaits(file).polls),
    'sleeps in tests': collect(ofTests, (file) => findWaits(file).sleeps),
  }
}

function measureRepeats(own: SourceFile[]): Record<string, Figure> {
  return {
    'places that repeat six lines': count(findRepeats(own)),
    'places like another but for names': count(findLookalikes(own)),
  }
}

function readAll(root: string, patterns: string[]): SourceFile[] {
  const paths = new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })))
  return [...paths].sort().map((path) => parseFile(path, readFileSync(join(root, path), 'utf8')))
}

function collect(files: readonly SourceFile[], find: (file: SourceFile) => number[]): Figure {
  return count(files.flatMap((file) => find(file).map((line) => ({ path: file.path, line }))))
}

function count(places: readonly Place[]): Figure {
  return { value: String(places.length), places }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function spread(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return `${at(0.5)}, ${at(0.9)}, ${sorted.at(-1)}`
}
