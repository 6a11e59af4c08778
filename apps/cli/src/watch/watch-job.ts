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
}

/** A server that restarts just now is worth the wait: the key makes the repeats one job. */
const requestPatienceMs = 5_000

/** Requests a job and follows it as `watchJob` does. */
export async function startJob(client: Client, body: JobRequest, options: WatchOptions): Promise<void> {
  const headers = { 'Idempotency-Key': randomUUID() }
  await watchJob(client, await client.call('createJob', { body, headers, patienceMs: requestPatienceMs }), options)
}

/** Follows a job, or leaves it (`--detach`). Rejects with the status of a job that did not succeed. */
export async function watchJob(client: Client, job: JobView, options: WatchOptions): Promise<void> {
  if (options.detach) return printDetached(job, options)
  const interrupt = catchInterrupt()
  const renderer = await chooseRenderer(options)
  try {
    const last = await followJob({ client, id: job.id, renderer, signal: interrupt.signal })
    renderer.close(last)
    if (last.state !== 'succeeded') throw new CliError(exitStatus.failed, '')
  } catch (error) {
    throw interrupt.signal.aborted ? await leaveJob(client, job.id, options) : error
  } finally {
    renderer.stop()
    interrupt.release()
  }
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
