import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { EngineError } from '@stevedore/engine'
import { extract, type Header } from 'tar-stream'
import { openDeadline, type SourceLimits } from '../limits.ts'
import { createMeters } from './count-bytes.ts'
import { bad, placeEntry } from './entry-path.ts'
import { writeEntry } from './write-entry.ts'

export interface Unpacking {
  /** A tar, plain or gzipped. */
  stream: Readable
  /** Filled with the archive's files; what is there is removed. */
  dir: string
  limits: SourceLimits
  signal: AbortSignal
}

/**
 * Unpacks an archive that is not trusted: nothing is written outside `dir` or through a link, no device is made and the limits
 * hold for what comes out. On failure `dir` is empty.
 * @throws EngineError `bad-archive`, `no-space`, `deadline-exceeded`, or the signal's reason
 */
export async function unpackArchive({ stream, dir, limits, signal }: Unpacking): Promise<{ files: number }> {
  const deadline = openDeadline(limits.timeoutMs, signal)
  try {
    await emptyFolder(dir)
    return await unpackWithin(stream, dir, limits, deadline.signal)
  } catch (error) {
    stream.destroy()
    await emptyFolder(dir)
    throw deadline.signal.aborted ? deadline.signal.reason : toArchiveError(error)
  } finally {
    deadline.release()
  }
}

async function unpackWithin(stream: Readable, dir: string, limits: SourceLimits, signal: AbortSignal) {
  const { packed, unpacked } = createMeters(limits.maxBytes)
  const open = (await isGzip(stream, signal)) ? createGunzip() : new PassThrough()
  const writer = createEntryWriter(dir, limits.maxFiles)
  try {
    await pipeline(stream, packed, open, unpacked, writer.entries as unknown as NodeJS.WritableStream, { signal })
  } finally {
    await writer.end()
  }
  if (writer.count.files === 0) throw bad('it is no tar or holds nothing')
  return writer.count
}

function createEntryWriter(dir: string, maxFiles: number) {
  const links = new Set<string>()
  const count = { files: 0 }
  const stop = new AbortController()
  let current: Promise<void> = Promise.resolve()

  async function write(head: Header, content: Readable): Promise<void> {
    count.files += 1
    if (count.files > maxFiles) throw bad(`it holds more than ${maxFiles} files`)
    const entry = placeEntry({ ...head, type: head.type ?? 'file' }, links)
    if (entry?.kind === 'symlink') links.add(entry.path)
    if (entry) await writeEntry(dir, entry, head.mode ?? 0, content, stop.signal)
    content.resume()
  }

  const entries = extract()
  entries.on('entry', (head, content, next) => {
    content.on('error', ignore)
    current = write(head, content as unknown as Readable).then(() => next(), next)
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
function toArchiveError(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new EngineError('no-space', { diagnosis: message, cause: error })
  if (code?.startsWith('E') && !code.startsWith('ERR_'))
    return new EngineError('internal', { detail: message, cause: error })
  return bad(message, error)
}

async function emptyFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
}
