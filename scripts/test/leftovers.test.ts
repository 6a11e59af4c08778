import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { judgeLeftovers, listOurs } from './leftovers.ts'

it('what came and stays is a failure of the run, by its name', async () => {
  const before = await listOurs()
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-left-'))
  const outcome = await judgeLeftovers(before, { withinMs: 0 }).finally(() => rm(dir, { recursive: true }))
  expect(outcome.failures).toContain(`left behind by the tests: folder ${basename(dir)}`)
})

it('what was there before, and what is just ending, is none', async () => {
  const looks = [new Set(['container stevedore-old', 'process 12 stevedore']), new Set(['container stevedore-old'])]
  const list = async () => looks.shift() ?? new Set<string>()
  expect(await judgeLeftovers(new Set(['container stevedore-old']), { list })).toEqual({
    passed: 0,
    skipped: 0,
    failures: [],
  })
})
