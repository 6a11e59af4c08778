import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unpackArchive } from './unpack.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'stevedore-unpack-'))
  writeFileSync(join(home, 'outside'), 'untouched')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const limits = { maxBytes: 4 * 2 ** 20, maxFiles: 50, timeoutMs: 10_000 }

type Entry = Partial<Header> & { name: string; content?: string | Buffer }

async function makeTar(...entries: Entry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...head } of entries) tar.entry(head, content ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function unpack(archive: Buffer, more: Partial<typeof limits> = {}, signal = new AbortController().signal) {
  const chunks = Array.from({ length: Math.ceil(archive.length / 1000) }, (_, index) =>
    archive.subarray(index * 1000, index * 1000 + 1000),
  )
  return unpackArchive({ stream: Readable.from(chunks), dir: join(home, 'in'), limits: { ...limits, ...more }, signal })
}

const here = (path: string) => join(home, 'in', path)

test.each(['tar', 'tar.gz'])('unpacks files, folders and links of a %s', async (form) => {
  const tar = await makeTar(
    { name: './bin/run', mode: 0o4777, content: '#!/bin/sh' },
    { name: 'src/', type: 'directory' },
    { name: 'src/a.txt', mode: 0o600, content: 'a' },
    { name: 'src/b.txt', type: 'symlink', linkname: '../bin/run' },
    { name: 'c.txt', type: 'link', linkname: 'src/a.txt' },
  )
  expect(await unpack(form === 'tar' ? tar : gzipSync(tar))).toEqual({ files: 5 })
  expect(statSync(here('bin/run')).mode & 0o7777).toBe(0o755)
  expect(statSync(here('src/a.txt')).mode & 0o7777).toBe(0o644)
  expect(readlinkSync(here('src/b.txt'))).toBe('../bin/run')
  expect(readFileSync(here('c.txt'), 'utf8')).toBe('a')
})

test.each<[string, Entry[]]>([
  ['climbs', [{ name: '../outside', content: 'x' }]],
  ['climbs and comes back', [{ name: 'a/../../in/b', content: 'x' }]],
  ['is absolute', [{ name: '/tmp/x', content: 'x' }]],
  ['links out', [{ name: 'l', type: 'symlink', linkname: '../outside' }]],
  ['links out from below', [{ name: 'a/l', type: 'symlink', linkname: '../../outside' }]],
  [
    'writes through an absolute link',
    [
      { name: 'l', type: 'symlink', linkname: '/tmp' },
      { name: 'l/x', content: 'x' },
    ],
  ],
  [
    'links hard to an absolute link',
    [
      { name: 'l', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'm', type: 'link', linkname: 'l' },
    ],
  ],
  [
    'puts a folder in the place of an absolute link, and a file below it',
    [
      { name: 'l', type: 'symlink', linkname: '/tmp' },
      { name: 'l', type: 'directory' },
      { name: 'l/x', content: 'x' },
    ],
  ],
  ['links hard to an absolute path', [{ name: 'l', type: 'link', linkname: '/etc/passwd' }]],
  ['links hard to the outside', [{ name: 'l', type: 'link', linkname: '../outside' }]],
  [
    'writes through a link',
    [
      { name: 'a', type: 'directory' },
      { name: 'l', type: 'symlink', linkname: 'a' },
      { name: 'l/x', content: 'x' },
    ],
  ],
  [
    'replaces a link by writing to it',
    [
      { name: 'a', content: '1' },
      { name: 'l', type: 'symlink', linkname: 'a' },
      { name: 'l', content: '2' },
    ],
  ],
  [
    'links hard to a link',
    [
      { name: 'a', content: '1' },
      { name: 'l', type: 'symlink', linkname: 'a' },
      { name: 'b/m', type: 'link', linkname: 'l' },
    ],
  ],
  ['makes a device', [{ name: 'zero', type: 'character-device', devmajor: 1, devminor: 5 }]],
  ['makes a pipe', [{ name: 'pipe', type: 'fifo' }]],
  [
    'holds one name twice',
    [
      { name: 'a', content: '1' },
      { name: './a', content: '2' },
    ],
  ],
  [
    'puts a file below a file',
    [
      { name: 'a', content: '1' },
      { name: 'a/b', content: '2' },
    ],
  ],
])('row 60: refuses an archive that %s', async (_what, entries) => {
  await expect(unpack(await makeTar(...entries))).rejects.toMatchObject({ code: 'bad-archive' })
  expect(readdirSync(join(home, 'in'))).toEqual([])
  expect(readFileSync(join(home, 'outside'), 'utf8')).toBe('untouched')
  expect(readdirSync(home).sort()).toEqual(['in', 'outside'])
})

test('keeps absolute links, which are meant for the image, and empty folders', async () => {
  const tar = await makeTar(
    { name: 'bin/python', type: 'symlink', linkname: '/usr/bin/python3' },
    { name: 'data/empty', type: 'directory' },
  )
  expect(await unpack(tar)).toEqual({ files: 2 })
  expect(readlinkSync(here('bin/python'))).toBe('/usr/bin/python3')
  expect(readdirSync(here('data/empty'))).toEqual([])
})

test('gives modes that are the archive’s, whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    const tar = await makeTar({ name: 'a/run', mode: 0o700, content: 'x' }, { name: 'a/b', mode: 0o600, content: 'x' })
    await unpack(tar)
  } finally {
    process.umask(before)
  }
  const modes = ['a', 'a/run', 'a/b'].map((path) => statSync(here(path)).mode & 0o777)
  expect(modes).toEqual([0o755, 0o755, 0o644])
})

test('refuses more bytes than the limit', async () => {
  const tar = await makeTar({ name: 'big', content: Buffer.alloc(5 * 2 ** 20, 'x') })
  await expect(unpack(tar)).rejects.toMatchObject({
    code: 'bad-archive',
    diagnosis: expect.stringContaining('4194304'),
  })
})

test('row 60: refuses a bomb by its ratio, long before the limit', async () => {
  const bomb = gzipSync(await makeTar({ name: 'zeros', content: Buffer.alloc(64 * 2 ** 20) }))
  const refused = unpack(bomb, { maxBytes: 2 ** 30 })
  await expect(refused).rejects.toMatchObject({ code: 'bad-archive', diagnosis: expect.stringContaining('200 times') })
})

test('refuses more files than the limit', async () => {
  const tar = await makeTar(...Array.from({ length: 51 }, (_, index) => ({ name: `f${index}` })))
  await expect(unpack(tar)).rejects.toMatchObject({ code: 'bad-archive' })
})

test.each<[string, (tar: Buffer) => Buffer]>([
  ['is cut short', (tar) => tar.subarray(0, 700)],
  ['is a gzip cut short', (tar) => gzipSync(tar).subarray(0, 60)],
  ['is no tar', () => Buffer.from('hello'.repeat(400))],
  ['is empty', () => Buffer.alloc(0)],
  ['is one byte', () => Buffer.from('x')],
])('refuses what %s', async (_what, damage) => {
  const tar = await makeTar({ name: 'a', content: 'x'.repeat(600) })
  await expect(unpack(damage(tar))).rejects.toMatchObject({ code: 'bad-archive' })
  expect(readdirSync(join(home, 'in'))).toEqual([])
})

test('stops with the reason of the signal', async () => {
  const reason = new Error('cancelled')
  const stream = new Readable({ read() {} })
  const stop = new AbortController()
  const unpacked = unpackArchive({ stream, dir: join(home, 'in'), limits, signal: stop.signal })
  stop.abort(reason)
  await expect(unpacked).rejects.toBe(reason)
  expect(stream.destroyed).toBe(true)
})

test('gives up on a stream that never ends', async () => {
  const stream = new Readable({ read() {} })
  const unpacked = unpackArchive({
    stream,
    dir: join(home, 'in'),
    limits: { ...limits, timeoutMs: 50 },
    signal: new AbortController().signal,
  })
  await expect(unpacked).rejects.toMatchObject({ code: 'deadline-exceeded' })
  expect(lstatSync(join(home, 'in')).isDirectory()).toBe(true)
})
