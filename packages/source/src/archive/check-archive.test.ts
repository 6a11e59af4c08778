import { buffer, text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { checkArchive } from './check-archive.ts'

const limits = { maxBytes: 4 * 2 ** 20, maxFiles: 50 }

async function makeTar(...entries: (Partial<Header> & { name: string; content?: Buffer })[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...head } of entries) tar.entry(head, content ?? '')
  tar.finalize()
  return buffer(tar as unknown as AsyncIterable<Buffer>)
}

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes)
}

const drain = (bytes: Buffer, pieceBytes = 1_000) => text(checkArchive(inPieces(bytes, pieceBytes), limits))

test.each([1, 1_000, 10 ** 7])('hands on every byte of a safe archive, in pieces of %i', async (pieceBytes) => {
  const tar = await makeTar({ name: 'Dockerfile' }, { name: 'a/b', content: Buffer.alloc(20_000, 'y') })
  for (const bytes of [tar, gzipSync(tar)]) {
    const passed = await buffer(checkArchive(inPieces(bytes, pieceBytes), limits))
    expect(passed.equals(bytes)).toBe(true)
  }
})

test.each<[string, Partial<Header> & { name: string }]>([
  ['climbs', { name: '../outside' }],
  ['is absolute', { name: '/tmp/x' }],
  ['links out', { name: 'l', type: 'symlink', linkname: '../etc' }],
  ['makes a device', { name: 'zero', type: 'character-device', devmajor: 1, devminor: 5 }],
])('refuses an archive that %s, wherever in it', async (_what, entry) => {
  const filler = { name: 'big', content: Buffer.alloc(300_000, 'y') }
  for (const tar of [await makeTar(entry), await makeTar(filler, entry), await makeTar(entry, filler)])
    await expect(drain(tar)).rejects.toMatchObject({ code: 'bad-archive' })
})

test('refuses a bomb, what is cut short, and what is no archive', async () => {
  const bomb = gzipSync(await makeTar({ name: 'zeros', content: Buffer.alloc(64 * 2 ** 20) }))
  const cut = (await makeTar({ name: 'a', content: Buffer.alloc(5_000) })).subarray(0, 2_000)
  for (const bytes of [bomb, cut, Buffer.from('hello'.repeat(400)), Buffer.alloc(2_048), Buffer.alloc(0)])
    await expect(drain(bytes)).rejects.toMatchObject({ code: 'bad-archive' })
})

test('leaves a sender’s own failure as it is', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(600)
    throw new Error('the body broke off')
  }
  await expect(text(checkArchive(broken(), limits))).rejects.toThrow('broke off')
})
