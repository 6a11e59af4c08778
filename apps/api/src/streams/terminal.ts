import { isFinal } from '@stevedore/contract'
import { getJob, readTerminal } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { openNotifications } from './notifications.ts'
import { readPatiently } from './patient-read.ts'
import { heartbeat, writeFrame } from './sse.ts'

const heartbeatMs = 5_000

/** What a terminal shows after a piece, until it or its job ends. Pieces stay until the client says that it has shown them. */
export async function* streamTerminal(
  { ledger, streams }: ApiContext,
  { jobId, after, signal }: { jobId: string; after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  const notifications = await openNotifications(ledger, 'stevedore_terminal', jobId)
  try {
    let last = after
    // Of a job that has ended all is there that will be.
    let isOver = false
    while (!signal.aborted) {
      const from = last
      const read = await readPatiently(streams, () => readTerminal(ledger, { jobId, after: from }), signal)
      if (!read) return
      for (const { seq, data } of read.pieces) {
        yield writeFrame({ id: seq, event: 'output', data: { output: data.toString('base64') } })
        last = seq
      }
      if (read.isEnded || (isOver && read.pieces.length === 0)) return
      if (read.pieces.length > 0 || (await notifications.wait(heartbeatMs, signal))) continue
      const job = await readPatiently(streams, () => getJob(ledger, jobId), signal)
      isOver = !job || isFinal(job.state)
      yield heartbeat
    }
  } finally {
    notifications.close()
  }
}
