import { setTimeout as delay } from 'node:timers/promises'
import type { JobDetailView } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import type { Client } from '../client/client.ts'
import { getJob } from '../client/follow.ts'
import { CliError, exitStatus } from '../exit.ts'

const cancelPollMs = 300
const cancelPatienceMs = 60_000

/** An AbortSignal that the first Ctrl-C aborts; the second one ends the process. */
export function catchInterrupt(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted)
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  return { signal: controller.signal, release: () => process.off('SIGINT', interrupt) }
}

/** What remains of a job whose watcher was interrupted: it goes on, unless it was to be cancelled with it. */
export async function leaveJob(
  client: Client,
  id: string,
  { cancelOnInterrupt }: { cancelOnInterrupt?: boolean },
): Promise<CliError> {
  if (!cancelOnInterrupt) return interrupted(`The job goes on: stevedore watch ${id}`)
  await client.call('cancelJob', { params: { id } })
  const job = await waitUntilFinal(client, id)
  return interrupted(
    isFinal(job.state) ? `The job is ${job.state}.` : `The job is still being cancelled: stevedore watch ${id}`,
  )
}

async function waitUntilFinal(client: Client, id: string): Promise<JobDetailView> {
  const giveUpAt = performance.now() + cancelPatienceMs
  for (;;) {
    const job = await getJob(client, id)
    if (isFinal(job.state) || performance.now() > giveUpAt) return job
    await delay(cancelPollMs)
  }
}

function interrupted(message: string): CliError {
  return new CliError(exitStatus.interrupted, message)
}
