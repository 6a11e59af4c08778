import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FailureError } from '@stevedore/contract'

/** What one source may take, enforced while it arrives. */
export interface SourceLimits {
  maxBytes: number
  maxFiles: number
  timeoutMs: number
}

/** More than any honest repository has; each costs an entry of the worker's file system. */
export const maxSourceFiles = 200_000

/** A signal that the caller's stop or the clock aborts; `release` ends the clock when the work is over. */
export function openDeadline(timeoutMs: number, signal: AbortSignal): { signal: AbortSignal; release(): void } {
  const stop = new AbortController()
  const late = () =>
    stop.abort(new FailureError('deadline-exceeded', { diagnosis: `the source took over ${timeoutMs} ms` }))
  const timer = setTimeout(late, timeoutMs)
  return { signal: AbortSignal.any([signal, stop.signal]), release: () => clearTimeout(timer) }
}

/**
 * Runs work that writes into a folder and aborts its signal when the folder outgrows the limit. The folder is one of git's own,
 * with few files, so that looking costs little.
 * @throws FailureError `repo-too-large`
 */
export async function runWithinBytes(
  dir: string,
  maxBytes: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const over = new AbortController()
  const done = new AbortController()
  const watch = watchSize(dir, maxBytes, over, done.signal)
  try {
    await work(AbortSignal.any([signal, over.signal]))
  } finally {
    done.abort()
    await watch
  }
  over.signal.throwIfAborted()
}

const lookEveryMs = 200

/** Looks once more at the end: a fast server may have sent it all between two looks. */
async function watchSize(dir: string, maxBytes: number, over: AbortController, done: AbortSignal): Promise<void> {
  for (let last = false; !over.signal.aborted; last = done.aborted) {
    if ((await measureFolder(dir)) > maxBytes) over.abort(tooLarge(`more than ${maxBytes} bytes`))
    if (last) return
    // It rejects when the work is done: then this is the last look.
    await delay(lookEveryMs, undefined, { signal: done }).catch(() => undefined)
  }
}

export function tooLarge(diagnosis: string): FailureError {
  return new FailureError('repo-too-large', { diagnosis })
}

/** Bytes on disk below a folder. Files come and go while it is read: one that is gone counts nothing. */
async function measureFolder(dir: string): Promise<number> {
  // A folder that goes in the middle of the listing ends it: the next look, at the latest the last one, counts all.
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
