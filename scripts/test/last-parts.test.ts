import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lastParts, runInTime } from './last-parts.ts'

const root = join(import.meta.dirname, '../..')
const files = lastParts.flatMap((part) => part.files)

test('a file that runs last is there, and of the project that runs it', () => {
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  expect(new Set(files).size).toBe(files.length)
  for (const { project, files } of lastParts)
    for (const file of files) expect(file.includes('engine-kubernetes'), file).toBe(project === 'cluster')
})

test('what is not begun in time is told, in its order', async () => {
  const begun: string[] = []
  const run = async ({ files }: (typeof lastParts)[number]) => begun.push(...files)
  const leftOut = await runInTime(lastParts, () => begun.length >= lastParts[0]!.files.length, run)
  expect(begun).toEqual(lastParts[0]!.files)
  expect(leftOut).toEqual(lastParts.slice(1))
  expect(await runInTime(lastParts, () => false, run)).toEqual([])
})
