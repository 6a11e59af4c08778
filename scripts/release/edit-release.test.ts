import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { editChangelog, editLock, editManifest } from './edit-release.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

test('all parts and what they need of each other get the version, and nothing else changes', () => {
  const manifest = read('packages/ledger/package.json')
  const edited = JSON.parse(editManifest(manifest, '9.8.7'))
  expect(edited).toMatchObject({ version: '9.8.7', dependencies: { '@stevedore/contract': '9.8.7' } })
  expect(edited.dependencies.pg).toBe(JSON.parse(manifest).dependencies.pg)
  expect(editManifest(editManifest(manifest, '9.8.7'), JSON.parse(manifest).version)).toBe(manifest)
})

test('in the lock file packages of others keep theirs', () => {
  const lock = read('package-lock.json')
  const own = JSON.parse(read('packages/ledger/package.json')).version
  const edited = editLock(lock, '9.8.7')
  expect(JSON.parse(edited).packages['apps/api']).toMatchObject({ version: '9.8.7' })
  expect(edited.split('\n').filter((line, index) => line !== lock.split('\n')[index])).not.toContainEqual(
    expect.stringContaining('resolved'),
  )
  expect(editLock(edited, own)).toBe(lock)
})

test('what was unreleased becomes the version’s section; without any there is no release', () => {
  const edited = editChangelog('# Changelog\n\n## Unreleased\n- New.\n\n## 0.1.0\n- Old.\n', '0.2.0', '2026-12-01')
  expect(edited).toBe('# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n- New.\n\n## 0.1.0\n- Old.\n')
  expect(() => editChangelog(edited, '0.3.0', '2026-12-02')).toThrow(/nothing under "Unreleased"/)
})
