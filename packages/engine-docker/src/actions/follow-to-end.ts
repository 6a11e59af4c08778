import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLines } from '../client/container-log.ts'
import { callEngine } from '../failure/translate.ts'

/**
 * Copies what a container prints to the log until it ends. The signal ends the following alone.
 * @param options.tailLines how many of the lines that are there; absent: all
 * @returns its exit code
 */
export async function followToEnd(
  container: Docker.Container,
  { log, awaitRoom }: Pick<WorkContext, 'log' | 'awaitRoom'>,
  options: { signal: AbortSignal; tailLines?: number },
): Promise<number> {
  const over = new AbortController()
  const exit = callEngine(() => container.wait({ abortSignal: options.signal }), undefined, options.signal)
  exit.catch((reason) => over.abort(reason))
  // Its output may be held for a slow ledger long after it has ended: the time is its own, not that of the copy.
  async function copyLines() {
    for await (const { text } of readLines(container, { follow: true, ...options, signal: over.signal })) {
      log(text)
      await awaitRoom()
    }
  }
  const [{ StatusCode }] = await Promise.all([exit, copyLines()])
  return StatusCode
}
