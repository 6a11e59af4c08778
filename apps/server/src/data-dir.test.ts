import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimDataDir } from './claim-data-dir.ts'
import { ensureKey, ensureSecretFile, writePrivateFile } from './data-dir.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-data-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('a secret file is made once, whoever asks at the same time, and is its owner’s alone', async () => {
  let made = 0
  const asked = Array.from({ length: 10 }, () => ensureSecretFile(join(dir, 'secret'), () => `value ${++made}`))
  const values = new Set(await Promise.all(asked))
  expect(values.size).toBe(1)
  expect((await stat(join(dir, 'secret'))).mode & 0o777).toBe(0o600)
  expect(await readdir(dir)).toEqual(['secret'])
})

test('the master key has 32 bytes and stays', async () => {
  const key = await ensureKey(dir, 'master-key')
  expect(key).toHaveLength(32)
  expect(await ensureKey(dir, 'master-key')).toEqual(key)
})

test('a private file is replaced whole', async () => {
  await writePrivateFile(join(dir, 'token'), 'a')
  await writePrivateFile(join(dir, 'token'), 'b')
  expect((await stat(join(dir, 'token'))).mode & 0o777).toBe(0o600)
})

test('a data directory is one process’s; what a killed one left does not hold it', async () => {
  await writeFile(join(dir, 'up.pid'), '1 0\n')
  await claimDataDir(dir)
  expect(await readFile(join(dir, 'up.pid'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  const parent = process.ppid
  // Where /proc is absent the start of a process is unknown, and empty.
  const start =
    (await readFile(`/proc/${parent}/stat`, 'utf8').catch(() => ')')).split(') ').at(-1)?.split(' ')[19] ?? ''
  await writeFile(join(dir, 'up.pid'), `${parent} ${start}\n`)
  await expect(claimDataDir(dir)).rejects.toThrow(`process ${parent}`)
})

test('a living holder is recognised where the system has no /proc', async () => {
  await writeFile(join(dir, 'up.pid'), `${process.ppid} \n`)
  await expect(claimDataDir(dir, join(dir, 'no-proc'))).rejects.toThrow(`process ${process.ppid}`)
})
