import type { JobMessage } from '@stevedore/contract'
import type { Worker } from '../worker.ts'
import { type Claimed, claim } from './claim.ts'
import { close, nameFiles, type OpenAttempts, open } from './open.ts'
import { report } from './report.ts'
import { type Handlers, run } from './run.ts'
import { settle } from './settle.ts'

/** The whole life of one message. A message that claims nothing does nothing. */
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
    const claimed = await claim(worker, message)
    if (claimed) await carryOut(worker, handlers, openAttempts, claimed)
  } finally {
    inHand.delete(name)
  }
}

const attemptsInHand = new WeakMap<Worker, Set<string>>()

async function carryOut(
  worker: Worker,
  handlers: Handlers,
  openAttempts: OpenAttempts,
  claimed: Claimed,
): Promise<void> {
  const attempt = open(worker, openAttempts, claimed)
  try {
    const outcome = await run(attempt, handlers)
    const settled = await settle(attempt, outcome)
    report(attempt, settled)
  } finally {
    await close(attempt, openAttempts)
  }
}
