import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventTypes, failures, problems } from '@stevedore/contract'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** Where a code is only listed, not raised. */
const catalogues = /contract\/src\/(errors\/(failures|problems)|jobs\/events)\.ts$|\.test\.ts$|conformance|\/fake\//

/** The command line only shows codes. */
const sources = globSync('{apps,packages}/*/src/**/*.ts', { cwd: root })
  .filter((file) => !catalogues.test(file) && !/^(packages\/testkit|apps\/cli)\//.test(file))
  .map((file) => readFileSync(join(root, file), 'utf8'))

function isRaised(code: string): boolean {
  return sources.some((text) => text.includes(`'${code}'`))
}

test.each([
  ['problem', Object.keys(problems)],
  ['failure', Object.keys(failures)],
  ['event', eventTypes],
])('every %s of the catalogue is raised somewhere', (_sort, codes) => {
  expect(codes.length).toBeGreaterThan(20)
  expect(codes.filter((code) => !isRaised(code))).toEqual([])
})

test('a code that nobody raises is found', () => {
  expect(isRaised('no-such-code')).toBe(false)
})
