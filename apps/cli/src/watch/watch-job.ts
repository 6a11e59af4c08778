import { randomUUID } from 'node:crypto'
import type { JobRequest, JobView } from '@stevedore/contract'
import type { Client } from '../client/client.ts'
import { CliError, exitStatus } from '../exit.ts'
import { print, printJson } from '../output.ts'
import type { JobRenderer } from '../render/job-renderer.ts'
import { followJob } from './follow-job.ts'
import { catchInterrupt, leaveJob } from './interrupt.ts'

export interface WatchOptions {
  json?: boolean
  detach?: boolean
  cancelOnInterrupt?: boolean
  /** With json: each event as a line instead of the final job. */
  events?: boolean
  /** The job is left when it has not ended by then; undefined: never. */
  patienceMs?: number
}

/** A server that restarts just now is worth the wait: the key makes the repeats one job. */
export const requestPatienceMs = 5_000

/** Requests a job and follows it as `watchJob` does. */
export async function startJob(client: Client, body: JobRequest, options: WatchOptions): Promise<void> {
  const headers = { 'Idempotency-Key': randomUUID() }
  await watchJob(client, await client.call('createJob', { body, headers, patienceMs: requestPatienceMs }), options)
}

/** Follows a job, or leaves it (`--detach`). Rejects with the status of a job that did not succeed. */
export async function watchJob(client: Client, job: JobView, options: WatchOptions): Promise<void> {
  if (options.detach) return printDetached(job, options)
  const interrupt = catchInterrupt()
  const patience = options.patienceMs === undefined ? undefined : AbortSignal.timeout(options.patienceMs)
  const signal = AbortSignal.any([interrupt.signal, ...(patience ? [patience] : [])])
  const renderer = await chooseRenderer(options)
  try {
    const last = await followJob({ client, id: job.id, renderer, signal })
    renderer.close(last)
    if (last.state !== 'succeeded') throw new CliError(readExitStatus(last), '')
  } catch (error) {
    if (interrupt.signal.aborted) throw await leaveJob(client, job.id, options)
    throw patience?.aborted ? tellPatience(job) : error
  } finally {
    renderer.stop()
    interrupt.release()
  }
}

/** A command's own, where it is known and says that it failed. */
export function readExitStatus({ result }: JobView): number {
  const told = result && 'exitCode' in result ? result.exitCode : 0
  return told > 0 ? told : exitStatus.failed
}

function tellPatience({ id }: JobView): CliError {
  return new CliError(
    exitStatus.failed,
    'The job has not ended in the time to wait for it',
    `It goes on: stevedore watch ${id}`,
  )
}

/** Loaded when it shows something: what describes a job is most of the command line, and no other command's. */
async function chooseRenderer({ json, events = false }: WatchOptions): Promise<JobRenderer> {
  if (json) return (await import('../render/json.ts')).createJsonRenderer(process.stdout, { events })
  if (process.stdout.isTTY) return (await import('../render/live.ts')).createLiveRenderer(process.stdout)
  return (await import('../render/lines.ts')).createLineRenderer(process.stdout)
}

function printDetached(job: JobView, { json }: WatchOptions): void {
  if (json) printJson(job)
  else print(job.id)
}
