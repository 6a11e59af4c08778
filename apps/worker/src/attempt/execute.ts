import type { JobMessage } from '@stevedore/contract'
import type { Worker } from '../worker.ts'
import { claim } from './claim.ts'
import { findAbsence } from './find-absence.ts'
import { close, type OpenAttempts, open } from './open.ts'
import { report } from './report.ts'
import { type Handlers, run } from './run.ts'
import { settle } from './settle.ts'

/**
 * The whole life of one message. A message that claims nothing does nothing.
 * @throws HandBack where this worker cannot do the job and another can
 */
export async function executeAttempt(
  worker: Worker,
  handlers: Handlers,
  openAttempts: OpenAttempts,
  message: JobMessage,
): Promise<void> {
  const absence = await findAbsence(worker, message)
  const claimed = await claim(worker, message)
  if (!claimed) return
  const attempt = open(worker, openAttempts, claimed)
  try {
    const outcome = await run(attempt, handlers, absence)
    const settled = await settle(attempt, outcome)
    report(attempt, settled)
  } finally {
    await close(attempt, openAttempts)
  }
}
