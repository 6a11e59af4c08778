import type { JobView } from '@stevedore/contract'
import type { Client } from '../client/client.ts'
import { CliError, exitStatus } from '../exit.ts'
import { describeFailure, describeState } from '../render/describe-job.ts'
import { lendTerminal, measureTerminal } from '../watch/terminal.ts'
import { readExitStatus } from '../watch/watch-job.ts'

export interface TerminalOptions {
  interactive?: boolean
  tty?: boolean
  detach?: boolean
  json?: boolean
}

/** This terminal, ready to be lent to a command. */
export interface Lending {
  /** In characters. */
  size: { columns: number; rows: number }
  /** Until the job has ended. Rejects with the status of one that did not succeed. */
  lendTo(client: Client, job: JobView): Promise<void>
}

/** Throws CliError where there is none, or for what goes with none. */
export async function openLending(options: TerminalOptions): Promise<Lending> {
  if (options.detach || options.json)
    throw new CliError(exitStatus.usage, '--interactive goes with neither --detach nor --json')
  return {
    size: measureTerminal(process),
    async lendTo(client, job) {
      if (job.state === 'waiting') console.error(describeState(job))
      const last = await lendTerminal(client, job, process)
      const isOwn = last.result !== null && 'exitCode' in last.result
      const told = last.error && !isOwn ? describeFailure(last.error) : ''
      if (last.state !== 'succeeded') throw new CliError(readExitStatus(last), told)
    },
  }
}
