import type { JobView } from '@stevedore/contract'
import type { Client } from './client/client.ts'
import { CliError, exitStatus } from './exit.ts'
import { followJob } from './follow-job.ts'
import { catchInterrupt, leaveJob } from './interrupt.ts'
import { printJson } from './output.ts'
import type { JobRenderer } from './render/job-renderer.ts'
import { createJsonRenderer } from './render/json.ts'
import { createLineRenderer } from './render/lines.ts'
import { createLiveRenderer } from './render/live.ts'

export interface WatchOptions {
  json?: boolean
  detach?: boolean
  cancelOnInterrupt?: boolean
  /** With json: each event as a line instead of the final job. */
  events?: boolean
}

/** Follows a job that was just recorded, or leaves it (`--detach`). Rejects with the status of a job that did not succeed. */
export async function watchJob(client: Client, job: JobView, options: WatchOptions): Promise<void> {
  if (options.detach) return printDetached(job, options.json ?? false)
  const interrupt = catchInterrupt()
  const renderer = chooseRenderer(options)
  try {
    const last = await followJob(client, job.id, renderer, interrupt.signal)
    renderer.close(last)
    if (last.state !== 'succeeded') throw new CliError(exitStatus.failed, '')
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    throw await leaveJob(client, job.id, options.cancelOnInterrupt ?? false)
  } finally {
    renderer.stop()
    interrupt.release()
  }
}

function chooseRenderer({ json, events }: WatchOptions): JobRenderer {
  if (json) return createJsonRenderer(process.stdout, { events: events ?? false })
  return process.stdout.isTTY ? createLiveRenderer(process.stdout) : createLineRenderer(process.stdout)
}

function printDetached(job: JobView, json: boolean): void {
  if (json) printJson(job)
  else console.log(job.id)
}
