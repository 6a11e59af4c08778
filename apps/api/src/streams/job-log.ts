import { isFinal } from '@stevedore/contract'
import { getJob, readLog } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { openNotifications } from './notifications.ts'
import { readPatiently } from './patient-read.ts'

/** One for each reader in memory; of a log that grows fast there are few reads. */
const pieceBytes = 262_144
const heartbeatMs = 10_000

export interface LogPiece {
  text: string
  /** The offset of what comes after it. */
  nextOffset: number
}

/** A job's output from an offset, in pieces; when following, until the job has ended. `undefined` marks a quiet while. */
export async function* readJobLog(
  { ledger, streams }: ApiContext,
  { jobId, offset, follow, signal }: { jobId: string; offset: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<LogPiece | undefined> {
  const notifications = follow ? await openNotifications(ledger, 'stevedore_job', jobId) : undefined
  try {
    let position = offset
    // Whoever has seen the end of the job reads all that was written until then.
    let hasEnded = !follow
    while (!signal.aborted) {
      const from = position
      const piece = await readPatiently(
        streams,
        () => readLog(ledger, { jobId, offset: from, limitBytes: pieceBytes }),
        signal,
      )
      if (piece && piece.nextOffset > position) {
        yield piece
        position = piece.nextOffset
        continue
      }
      if (!notifications || hasEnded) return
      const job = await readPatiently(streams, () => getJob(ledger, jobId), signal)
      hasEnded = !job || isFinal(job.state)
      if (!hasEnded && !(await notifications.wait(heartbeatMs, signal))) yield undefined
    }
  } finally {
    notifications?.close()
  }
}
