import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkContext } from '@stevedore/engine'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExecResult } from '../client/exec.ts'
import { checkConfig, type FileAccess, replaceFiles } from './files.ts'
import { proxyFolders } from './folders.ts'

let volume: string

beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), 'proxy-files-'))
  for (const folder of ['base', 'incoming']) mkdirSync(join(volume, folder))
})

afterEach(() => rmSync(volume, { recursive: true }))

const context = { fence: async () => {}, signal: new AbortController().signal } as unknown as WorkContext
const write = (run: FileAccess['shell']['run'], texts: Record<string, string>) =>
  replaceFiles({ shell: { run } } as FileAccess, [{ folder: proxyFolders.base, texts }], context)

/** The proxy's volume is a folder of the test's. */
async function runHere(script: string): Promise<ExecResult> {
  const here = `saying=1a2b; ${script.replaceAll(proxyFolders.volume, volume)}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here], { encoding: 'utf8' })
  return { exitCode: status ?? -1, stdout, stderr }
}

test('files are written whole, for their owner alone, and leave no draft', async () => {
  const texts = { 'names.map': "it's\n$HOME", 'base.cfg': '' }
  await write(runHere, texts)
  for (const [name, text] of Object.entries(texts)) {
    expect(readFileSync(join(volume, 'base', name), 'utf8')).toBe(text)
    expect(statSync(join(volume, 'base', name)).mode & 0o777).toBe(0o600)
  }
  expect(readdirSync(join(volume, 'incoming'))).toEqual([])
})

test('what cannot be written leaves no draft and nothing after it', async () => {
  mkdirSync(join(volume, 'base', 'a', 'a.1a2b'), { recursive: true })
  await expect(write(runHere, { a: '1', b: '2' })).rejects.toMatchObject({ code: 'proxy-failed' })
  expect(readdirSync(join(volume, 'base'))).toEqual(['a'])
  expect(readdirSync(join(volume, 'incoming'))).toEqual([])
})

test('a full disk is told as such', async () => {
  // The words of `cat` itself, met at a device that is always full.
  const full = async (script: string) => {
    const drafts = new RegExp(`'${proxyFolders.incoming}/[^']*'"\\$saying"`, 'g')
    return runHere(script.replaceAll(drafts, '/dev/full').replaceAll('rm -f', ':'))
  }
  await expect(write(full, { 'base.cfg': 'text' })).rejects.toMatchObject({ code: 'no-space' })
})

test('neither a name nor a text is run', async () => {
  const name = `'"$(touch ${join(volume, 'run')})`.replaceAll('/', '_')
  await write(runHere, { [name]: `'; touch ${join(volume, 'run')}; '` })
  expect(execFileSync('ls', [volume], { encoding: 'utf8' })).toBe('base\nincoming\n')
})

test.each<[exitCode: number, stderr: string, fault: string | undefined]>([
  [0, '[WARNING] a word\n', undefined],
  [1, '[NOTICE] haproxy version\n[ALERT] line 3: unknown keyword\n', '[ALERT] line 3: unknown keyword'],
  [137, '', '`haproxy -c` ended with 137; its last words: none'],
  [127, 'sh: haproxy: not found\n', '`haproxy -c` ended with 127; its last words: sh: haproxy: not found'],
])('a judgement that ends with %i and %j is the fault %j', async (exitCode, stderr, fault) => {
  const shell = { run: async () => ({ exitCode, stdout: '', stderr }) }
  expect(await checkConfig({ shell } as unknown as FileAccess, context.signal)).toBe(fault)
})
