import { exitStatus } from './command-error.ts'

/** What all that is not a job may take to end: requests in hand, above all. Together with the grace less than what deployments allow. */
const patienceMs = 14_000
/** Between the end of all that was begun and that of the process. */
const lingerMs = 1_000

/**
 * Resolves at the first SIGTERM or SIGINT, after which the process has the grace and some seconds; what has not ended then, or at a second
 * signal, ends where it stands.
 * @param graceMs for jobs
 */
export function waitForSignal(graceMs = 0): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(exitStatus.interrupted)
      asked = true
      setTimeout(() => giveUp(graceMs + patienceMs), graceMs + patienceMs).unref()
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

function giveUp(afterMs: number): void {
  console.error(
    `Not all has ended within ${afterMs / 1_000} s of the signal; the rest ends now. Jobs go to other workers once their leases end.`,
  )
  process.exit(exitStatus.failed)
}

/**
 * Runs a server until it has ended, and the process with it: a connection or a timer of a library that was left over would keep it alive, while
 * it looks as if it had ended.
 */
export async function runServer(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } finally {
    // Time for the last words to be written. Its exit status is what the command line has set by then.
    setTimeout(() => process.exit(), lingerMs).unref()
  }
}
