import { getJob, isLedgerAway, type Job, type Ledger } from '@stevedore/ledger'

/**
 * Waits until a job is as it should be, and gives it: looks at once, and again at each of its events and outputs. Rejects at the deadline with
 * how the job stood last. A ledger that is away meanwhile is waited for.
 * @param timeoutMs a minute by default
 */
export async function waitForJob(
  ledger: Ledger,
  jobId: string,
  isMet: (job: Job) => boolean,
  { timeoutMs = 60_000 }: { timeoutMs?: number } = {},
): Promise<Job> {
  let last: Job | undefined
  const look = async () => {
    last = await getJob(ledger, jobId)
    return last && isMet(last) ? last : undefined
  }
  const found = await waitOnLedger(ledger, look, { timeoutMs, jobId })
  if (found) return found
  throw new Error(`job ${jobId} is not as it should be after ${timeoutMs} ms: ${last ? describe(last) : 'unknown'}`)
}

function describe({ kind, state, waitingFor, attempt, progress, control, error }: Job): string {
  const parts = [`${kind} ${state}`, waitingFor && `for ${waitingFor}`, `attempt ${attempt}`, `progress ${progress}`]
  return [...parts, `control ${JSON.stringify(control)}`, error && `error ${error.code}`].filter(Boolean).join(', ')
}

/**
 * Looks at once, and again whenever an event or output of a job is told, until there is something to give; undefined at the deadline.
 * @param jobId only this job's are of interest
 */
export async function waitOnLedger<T>(
  ledger: Ledger,
  look: () => Promise<T | undefined>,
  { timeoutMs, jobId }: { timeoutMs: number; jobId?: string },
): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(timeoutMs)
  let isTold = true
  let wake = () => {}
  deadline.addEventListener('abort', () => wake())
  // '' is told after each reconnect.
  const stop = await ledger.listen('stevedore_job', (id) => {
    if (id !== '' && jobId !== undefined && id !== jobId) return
    isTold = true
    wake()
  })
  try {
    while (!deadline.aborted) {
      if (!isTold) await new Promise<void>((resolve) => (wake = resolve))
      if (!isTold) continue
      isTold = false
      const found = await unlessAway(look)
      if (found !== undefined) return found
    }
    return undefined
  } finally {
    stop()
  }
}

/** When the ledger is back, its listener reconnects and tells so. */
async function unlessAway<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (isLedgerAway(error)) return undefined
    throw error
  }
}
