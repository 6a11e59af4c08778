import type { Guarantee } from '../../test/chaos/guarantees.ts'
import type { TestResult } from '../test/outcome.ts'

export interface Verdict {
  held: 'yes' | 'no' | 'unknown' | 'untouched'
  why?: string
}

/** What the tests that are to show it have said. One that fails is enough against it; without any that ran nothing is known. */
export function judgeGuarantee({ holds, shownBy }: Guarantee, results: readonly TestResult[]): Verdict {
  const [, mark, why = ''] = /^(–|Not shown:) (.*)$/.exec(holds) ?? []
  if (mark !== undefined) return { held: mark === '–' ? 'untouched' : 'unknown', why }
  const shown = shownBy.map((evidence) => ({
    ...evidence,
    tests: results.filter(({ file, name }) => file === evidence.file && name.includes(evidence.name)),
  }))
  const failed = shown.flatMap(({ tests }) => tests.filter(({ status }) => status === 'failed'))
  if (failed.length > 0) return { held: 'no', why: failed.map(({ file, name }) => `${file} > ${name}`).join('; ') }
  const untried = shown.filter(({ tests }) => !tests.some(({ status }) => status === 'passed'))
  if (untried.length === 0) return { held: 'yes' }
  return { held: 'unknown', why: `did not run: ${untried.map(({ file, name }) => `${file} > ${name}`).join('; ')}` }
}
