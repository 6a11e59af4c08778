import type { Logger } from '@stevedore/telemetry'
import { CommandError, exitStatus } from './command-error.ts'

/** What all that is not a job may take to end: requests in hand, above all. Together with the grace less than what deployments allow. */
const patienceMs = 14_000

/** Why a server ends: somebody asked, or it can no longer be trusted. */
export type Ending = { signal: NodeJS.Signals } | { uncaught: CommandError }

/** The end of a server, from its first sign on. */
export interface Farewell {
  /** Resolves at the first SIGTERM or SIGINT, or error that nobody caught. */
  begun: Promise<Ending>
  /** How long jobs may still run: no longer at all in a process that something was uncaught in. */
  graceMs(): number
  /** Aborted where that comes to be so while it ends already. */
  hurry: AbortSignal
  /** Errors that nobody caught are said here from now on; until then on standard error. */
  tellTo(logger: Logger): void
  /** Ends a part, in the reverse order of the calls, and knows its name for as long as that takes. */
  defer(name: string, end: () => Promise<unknown>): void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * After its first sign the process has the grace and some seconds; what has not ended then, or at a second signal, ends where it stands.
 * @param graceMs for jobs
 */
export function openFarewell(graceMs = 0): Farewell {
  const parts = new AsyncDisposableStack()
  const { promise: begun, resolve } = Promise.withResolvers<Ending>()
  const hurry = new AbortController()
  let ending: Ending | undefined
  let limit: NodeJS.Timeout | undefined
  let endsAtMs = Number.POSITIVE_INFINITY
  let part: string | undefined
  let isAsked = false
  let logger: Pick<Logger, 'fatal'> | undefined
  const grace = () => (ending && 'uncaught' in ending ? 0 : graceMs)

  function begin(found: Ending): void {
    if (ending && !('signal' in ending && 'uncaught' in found)) return
    ending = found
    if ('uncaught' in found) hurry.abort()
    // An error in the middle of a stop makes it shorter, never longer.
    const allMs = Math.round(Math.max(0, Math.min(grace() + patienceMs, endsAtMs - performance.now())))
    endsAtMs = performance.now() + allMs
    clearTimeout(limit)
    limit = setTimeout(() => giveUp(allMs, part), allMs).unref()
    resolve(found)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (isAsked) process.exit(exitStatus.interrupted)
    isAsked = true
    begin({ signal })
  }
  const onUncaught = (err: unknown, origin: string) => {
    if (logger) logger.fatal({ err, origin }, 'an error that nobody caught: the process hands its work over and ends')
    else console.error(err)
    begin({ uncaught: describeUncaught(err) })
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // A rejection that nobody handles comes here as well, with its origin.
  process.on('uncaughtException', onUncaught)

  return {
    begun,
    graceMs: grace,
    hurry: hurry.signal,
    tellTo(found) {
      logger = found
    },
    defer: (name, end) =>
      parts.defer(async () => {
        part = name
        await end()
        part = undefined
      }),
    async [Symbol.asyncDispose]() {
      await parts.disposeAsync()
      // The signal was answered long ago: whoever waits for the end learns of the error all the same.
      if (isAsked && ending && 'uncaught' in ending) throw ending.uncaught
    },
  }
}

function describeUncaught(err: unknown): CommandError {
  const { code, message } = Object(err) as { code?: unknown; message?: unknown }
  const said = [code, message ?? String(err)].filter(Boolean).join(': ')
  return new CommandError(
    exitStatus.failed,
    `Stevedore ends, since an error was caught by nobody: ${said}`,
    'Start it again: jobs that it had are with other workers, or wait. The log holds where it happened: please report it.',
  )
}

function giveUp(afterMs: number, part: string | undefined): void {
  const what = part === undefined ? '' : ` (${part} did not)`
  console.error(
    `Not all has ended within ${afterMs / 1_000} s of the signal${what}; the rest ends now. Jobs go to other workers once their leases end.`,
  )
  process.exit(exitStatus.failed)
}

/** Throws what a server ends for that nobody asked for. */
export function throwUncaught(ending: unknown): void {
  if (typeof ending === 'object' && ending !== null && 'uncaught' in ending) throw ending.uncaught
}
