import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'

test('a living holder is recognised where /proc is absent', async () => {
  vi.resetModules()
  vi.doMock('node:fs/promises', async (importOriginal) => {
    const real = await importOriginal<typeof import('node:fs/promises')>()
    const readFile = (path: string, ...rest: ['utf8']) =>
      path.startsWith('/proc/') ? Promise.reject(new Error('ENOENT')) : real.readFile(path, ...rest)
    return { ...real, readFile }
  })
  onTestFinished(() => vi.doUnmock('node:fs/promises'))
  const { claimDataDir } = await import('./claim-data-dir.ts')
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-claim-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'up.pid'), `${process.ppid} \n`)
  await expect(claimDataDir(dir)).rejects.toThrow(`process ${process.ppid}`)
})
