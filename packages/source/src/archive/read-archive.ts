import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FailureError } from '@stevedore/contract'
import { extract, type Header } from 'tar-stream'
import type { SourceLimits } from '../limits.ts'
import { createMeters } from './count-bytes.ts'
import { bad, type PlacedEntry, placeEntry } from './entry-path.ts'

/** What becomes of an entry whose place is known to be a good one. What it leaves unread is skipped. */
export type TakeEntry = (entry: PlacedEntry, head: Header, content: Readable, stop: AbortSignal) => Promise<void>

export type ArchiveLimits = Pick<SourceLimits, 'maxBytes' | 'maxFiles'>

/**
 * Reads a tar, plain or gzipped, entry by entry, within the limits of what comes out.
 * @throws FailureError `bad-archive`, `no-space`
 */
export async function readArchive(
  stream: Readable,
  limits: ArchiveLimits,
  signal: AbortSignal,
  take: TakeEntry,
): Promise<{ files: number }> {
  const { packed, unpacked } = createMeters(limits.maxBytes)
  const reader = createEntryReader(limits.maxFiles, take)
  try {
    const open = (await isGzip(stream, signal)) ? createGunzip() : new PassThrough()
    await pipeline(stream, packed, open, unpacked, reader.entries as unknown as NodeJS.WritableStream, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw toArchiveError(error)
  } finally {
    await reader.end()
  }
  if (reader.count.files === 0) throw bad('it is no tar or holds nothing')
  return reader.count
}

function createEntryReader(maxFiles: number, take: TakeEntry) {
  const links = new Set<string>()
  const count = { files: 0 }
  const stop = new AbortController()
  let current: Promise<void> = Promise.resolve()

  async function read(head: Header, content: Readable): Promise<void> {
    count.files += 1
    if (count.files > maxFiles) throw bad(`it holds more than ${maxFiles} files`)
    const entry = placeEntry({ ...head, type: head.type ?? 'file' }, links)
    if (entry?.kind === 'symlink') links.add(entry.path)
    if (entry) await take(entry, head, content, stop.signal)
    content.resume()
  }

  const entries = extract()
  entries.on('entry', (head, content, next) => {
    content.on('error', ignore)
    current = read(head, content as unknown as Readable).then(() => next(), next)
  })
  entries.on('error', ignore)
  /** Gives up the entry in hand, so that clearing up finds all there will be. */
  async function end(): Promise<void> {
    stop.abort()
    await current
  }
  return { entries, count, end }
}

/** The pipeline reports each error; without a listener a late one of a part would end the process. */
const ignore = () => undefined

/** Looks at the first two bytes and puts them back. */
async function isGzip(stream: Readable, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const start: Buffer | null = stream.read(2)
    if (start) stream.unshift(start)
    if (start || stream.readableEnded) return start?.[0] === 0x1f && start[1] === 0x8b
    await Promise.race([once(stream, 'readable', { signal }), once(stream, 'end', { signal })])
  }
}

/** Whatever else goes wrong while reading is a fault of the archive: a bad header, a cut end, a bad checksum. */
function toArchiveError(error: unknown): FailureError {
  if (error instanceof FailureError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new FailureError('no-space', { diagnosis: message, cause: error })
  if (code?.startsWith('E') && !code.startsWith('ERR_'))
    return new FailureError('internal', { detail: message, cause: error })
  return bad(message, error)
}
