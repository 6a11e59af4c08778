import type { JobMessage } from '@stevedore/contract'
import { getJob } from '@stevedore/ledger'
import { markFailed, withSpan } from '@stevedore/telemetry'
import type { Away } from '../sites/sites.ts'
import type { Worker } from '../worker.ts'
import { type Claimed, claim } from './claim.ts'
import { findAbsence } from './find-absence.ts'
import { close, nameFiles, type OpenAttempts, open } from './open.ts'
import { report } from './report.ts'
import { type Handlers, run } from './run.ts'
import { type Settled, settle } from './settle.ts'

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
  const name = nameFiles(message)
  const inHand = attemptsInHand.get(worker) ?? new Set()
  attemptsInHand.set(worker, inHand)
  // A repeat of what this process has, or is about to claim.
  if (inHand.has(name)) return
  inHand.add(name)
  try {
    const absence = await findAbsence(worker, message)
    await worker.pass('before claim', message)
    const claimed = await claim(worker, message)
    if (!claimed) return await tellUnknown(worker, message)
    await continueTrace(claimed, () => carryOut(worker, handlers, openAttempts, { claimed, absence }))
  } finally {
    inHand.delete(name)
  }
}

const attemptsInHand = new WeakMap<Worker, Set<string>>()

/** A message of a ledger that was ahead of this one, a restored copy: nothing else says that somebody asked for this. */
async function tellUnknown({ ledger, logger }: Worker, message: JobMessage): Promise<void> {
  if (await getJob(ledger, message.jobId)) return
  logger.warn(message, 'dropped the message of a job that the ledger does not know')
}

/** Each attempt is a part of the trace that its job was asked for in. */
function continueTrace({ job, message }: Claimed, work: () => Promise<Settled>): Promise<unknown> {
  const { id, kind, app, environment, correlationId, traceparent } = job
  const attributes = {
    job: id,
    kind,
    app,
    attempt: message.attempt,
    correlationId,
    ...(environment && { environment }),
  }
  return withSpan(
    `attempt ${kind}`,
    { kind: 'consumer', attributes, parent: traceparent ?? undefined },
    async (span) => {
      const { outcome } = await work()
      span.setAttribute('outcome', outcome.type)
      if (outcome.type === 'failed') markFailed(span, outcome.failure.code)
    },
  )
}

async function carryOut(
  worker: Worker,
  handlers: Handlers,
  openAttempts: OpenAttempts,
  { claimed, absence }: { claimed: Claimed; absence: Away | undefined },
): Promise<Settled> {
  const attempt = open(worker, openAttempts, claimed)
  try {
    await worker.pass('after claim', claimed.message)
    const outcome = await run(attempt, handlers, absence)
    await worker.pass('before end', claimed.message)
    const settled = await settle(attempt, outcome)
    await worker.pass('after end', claimed.message)
    report(attempt, settled)
    return settled
  } finally {
    await close(attempt, openAttempts)
  }
}
