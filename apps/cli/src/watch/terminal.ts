import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { JobDetailView, JobView } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import type { Client } from '../client/client.ts'
import { followPatienceMs, getJob, reconnectMs, untilLost } from '../client/follow.ts'
import { readMessages } from '../client/sse.ts'
import { CliError, exitStatus } from '../exit.ts'
import { catchInterrupt, leaveJob } from './interrupt.ts'
import { type Keyboard, openKeyboard, type TerminalStreams } from './keyboard.ts'

/** Throws CliError where the command line itself has no terminal. */
export function measureTerminal({ stdin, stdout }: TerminalStreams): { columns: number; rows: number } {
  if (stdin.isTTY && stdout.isTTY) return { columns: stdout.columns || 80, rows: stdout.rows || 24 }
  const remedy = 'Leave --interactive out where the input or the output is no terminal.'
  throw new CliError(exitStatus.usage, '--interactive takes a terminal, and here is none', remedy)
}

/** Lends this terminal to the job's command until that ends. Rejects with the status of a job that did not succeed. */
export async function lendTerminal(client: Client, job: JobView, streams: TerminalStreams): Promise<JobDetailView> {
  const interrupt = catchInterrupt()
  const keyboard = openKeyboard(client, job.id, streams)
  const signal = AbortSignal.any([interrupt.signal, keyboard.failed])
  try {
    await showOutput({ client, id: job.id, signal, stdout: streams.stdout, keyboard })
    return await awaitEnd(client, job.id, signal)
  } catch (error) {
    keyboard.release()
    if (interrupt.signal.aborted) throw await leaveJob(client, job.id, { cancelOnInterrupt: true })
    throw keyboard.failed.aborted ? keyboard.failed.reason : error
  } finally {
    keyboard.release()
    interrupt.release()
  }
}

interface Shown {
  client: Client
  id: string
  signal: AbortSignal
  stdout: NodeJS.WriteStream
  keyboard: Keyboard
}

/** Goes on behind the last piece where the stream breaks off. */
async function showOutput({ client, id, signal, stdout, keyboard }: Shown): Promise<void> {
  let last = 0
  for (;;) {
    const headers = last > 0 ? { 'Last-Event-ID': String(last) } : {}
    const isOver = isFinal((await getJob(client, id, signal)).state)
    const options = { params: { id }, headers, signal, patienceMs: followPatienceMs }
    const { body } = await client.openStream('readTerminal', options)
    for await (const message of untilLost(readMessages(body), signal)) {
      keyboard.begin()
      const piece = Buffer.from(JSON.parse(message.data).output, 'base64')
      if (piece.length > 0 && !stdout.write(piece)) await once(stdout, 'drain', { signal })
      last = Number(message.id)
      keyboard.acknowledge(last)
    }
    if (isOver || isFinal((await getJob(client, id, signal)).state)) return
    await delay(reconnectMs, undefined, { signal })
  }
}

/** What the terminal showed last comes a moment before the end of its job. */
async function awaitEnd(client: Client, id: string, signal: AbortSignal): Promise<JobDetailView> {
  for (;;) {
    const job = await getJob(client, id, signal)
    if (isFinal(job.state)) return job
    await delay(reconnectMs, undefined, { signal })
  }
}
