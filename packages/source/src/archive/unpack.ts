import { mkdir, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { openDeadline, type SourceLimits } from '../limits.ts'
import { restoreModes } from '../modes.ts'
import { readArchive } from './read-archive.ts'
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
 * @throws FailureError `bad-archive`, `no-space`, `deadline-exceeded`, or the signal's reason
 */
export async function unpackArchive({ stream, dir, limits, signal }: Unpacking): Promise<{ files: number }> {
  const deadline = openDeadline(limits.timeoutMs, signal)
  try {
    await emptyFolder(dir)
    const read = await readArchive(stream, limits, deadline.signal, (entry, head, content, stop) =>
      writeEntry(dir, entry, head.mode ?? 0, content, stop),
    )
    await restoreModes(dir)
    return read
  } catch (error) {
    stream.destroy()
    await emptyFolder(dir)
    throw error
  } finally {
    deadline.release()
  }
}

async function emptyFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
}
