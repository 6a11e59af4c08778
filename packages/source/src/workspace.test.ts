import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorkspace } from './workspace.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stevedore-work-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('gives an empty folder of its own for each name, and takes all along when it closes', async () => {
  const workspace = await openWorkspace(root)
  const dir = await workspace.open('job')
  writeFileSync(join(dir, 'file'), 'x')
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(readdirSync(await workspace.open('job'))).toEqual([])
  await workspace.remove('job')
  expect(existsSync(dir)).toBe(false)
  await workspace.open('other')
  await workspace.close()
  expect(readdirSync(root)).toEqual([])
})

test('sweeps what an owner left that no longer beats, and nothing of one that does', async () => {
  const living = await openWorkspace(root, { beatMs: 10 })
  const kept = await living.open('job')
  mkdirSync(join(root, 'gone', 'job'), { recursive: true })
  const sweeper = await openWorkspace(root, { staleMs: 200 })
  const swept: string[] = []
  const deadline = performance.now() + 5_000
  while (swept.length === 0 && performance.now() < deadline) swept.push(...(await sweeper.sweep()))
  expect(swept).toEqual([join(root, 'gone')])
  expect(existsSync(kept)).toBe(true)
  await living.close()
  await sweeper.close()
})
