import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { type ArchiveLimits, readArchive } from './read-archive.ts'

/**
 * Hands on the bytes of an archive and checks on the way what would be checked when it is unpacked, so that an unsafe one is refused before
 * it has been kept. The iteration throws FailureError `bad-archive`.
 */
export async function* checkArchive(archive: AsyncIterable<Buffer>, limits: ArchiveLimits): AsyncGenerator<Buffer> {
  const copy = new PassThrough()
  const stop = new AbortController()
  const check = readArchive(copy, limits, stop.signal, async () => {})
  const failed = check.then(() => new Promise<never>(() => {}))
  // Both are told by `check`, which is awaited at the end.
  failed.catch(() => {})
  copy.on('error', () => {})
  try {
    for await (const piece of archive) {
      if (!copy.write(piece)) await Promise.race([once(copy, 'drain', { signal: stop.signal }), failed])
      yield piece
    }
    copy.end()
    await check
  } finally {
    stop.abort()
  }
}
