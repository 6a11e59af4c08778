import { closeLogWatch, type LogWatch, openLogWatch, readLogWatch } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { openNotifications } from './notifications.ts'
import { readPatiently } from './patient-read.ts'

/** Asking again keeps the watch alive, so it must come well within the time after which a reader counts as gone. */
const askEveryMs = 5_000
/** No worker took it: none runs, or none can. */
const untakenAfterMs = 10_000

/** The output of what runs in an environment: a worker near the engine hands it over through the ledger. */
export async function* streamEnvironmentLog(
  { ledger, streams }: ApiContext,
  { signal, ...wanted }: Omit<LogWatch, 'id'> & { signal: AbortSignal },
): AsyncGenerator<string> {
  const id = await openLogWatch(ledger, wanted)
  const notifications = await openNotifications(ledger, 'stevedore_watch', id)
  const since = performance.now()
  try {
    while (!signal.aborted) {
      const read = await readPatiently(streams, () => readLogWatch(ledger, id), signal)
      if (!read) return
      for (const line of read.lines) yield `${line}\n`
      if (read.isEnded) {
        if (read.failure) yield `stevedore: ${read.failure}\n`
        return
      }
      if (!read.isTaken && performance.now() - since > untakenAfterMs) {
        yield 'stevedore: no worker answers\n'
        return
      }
      if (read.lines.length === 0) await notifications.wait(askEveryMs, signal)
    }
  } finally {
    notifications.close()
    // A watch that nobody reads is ended by retention.
    await closeLogWatch(ledger, id).catch(() => {})
  }
}
