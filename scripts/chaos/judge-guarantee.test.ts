import { expect, test } from 'vitest'
import { judgeGuarantee } from './judge-guarantee.ts'

const given = {
  id: 'F2',
  where: 'build',
  holds: 'it is done again',
  shownBy: [
    { file: 'a.test.ts', name: 'is done again' },
    { file: 'b.test.ts', name: 'once' },
  ],
}
const ran = (status: string) => [
  { file: 'a.test.ts', name: 'a build is done again', status: 'passed' },
  { file: 'b.test.ts', name: 'each of redis once', status: 'passed' },
  { file: 'b.test.ts', name: 'each of postgres once', status },
]

test('it held where all that shows it passed, and not where one of them failed', () => {
  expect(judgeGuarantee(given, ran('passed'))).toEqual({ held: 'yes' })
  expect(judgeGuarantee(given, ran('failed'))).toEqual({ held: 'no', why: 'b.test.ts > each of postgres once' })
})

test('where nothing of a kind ran nothing is known', () => {
  expect(judgeGuarantee(given, ran('pending').slice(0, 1))).toEqual({
    held: 'unknown',
    why: 'did not run: b.test.ts > once',
  })
  expect(judgeGuarantee({ ...given, holds: 'Not shown: it takes a day', shownBy: [] }, [])).toEqual({
    held: 'unknown',
    why: 'it takes a day',
  })
  expect(judgeGuarantee({ ...given, holds: '– it asks nobody', shownBy: [] }, [])).toEqual({
    held: 'untouched',
    why: 'it asks nobody',
  })
})
