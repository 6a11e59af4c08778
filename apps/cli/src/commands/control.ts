import type { JobView } from '@stevedore/contract'
import { type ControlVerb, controlVerbs } from '@stevedore/contract/words'
import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { addFollowOptions, addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { findJobId, jobArgument } from '../find-job.ts'
import { print, printJson } from '../output.ts'
import { describeApproval, describeState } from '../render/describe-job.ts'
import { type WatchOptions, watchJob } from '../watch/watch-job.ts'

const descriptions: Record<ControlVerb, string> = {
  cancel: 'end a job; what it began is cleaned up',
  approve: 'let a deploy that waits for approval go on',
  reject: 'refuse a deploy that waits for approval',
  pause: 'stop a rollout after the step that runs',
  resume: 'go on with a paused rollout',
  promote: 'end the pause of a canary',
  abort: 'return all traffic to the stable revision and end the deploy',
}

type Options = ServerOptions & { full?: boolean }

/** A command for each verb that moves or steers a job. */
export function createControlCommands(): Command[] {
  return controlVerbs.map((verb) => {
    const command = addServerOptions(new Command(verb))
      .description(descriptions[verb])
      .argument(...jobArgument)
    if (verb === 'promote') command.option('--full', 'skip all pauses that remain')
    return command.action((id: string, options: Options) => control(verb, id, options))
  })
}

async function control(verb: ControlVerb, id: string, options: Options): Promise<void> {
  const job = await ask(verb, id, options)
  if (options.json) printJson(job)
  else print(`${verb}: accepted; the job is ${describeState(job)}`)
}

async function ask(verb: ControlVerb, reference: string, { full, ...options }: Options): Promise<JobView> {
  const client = await connect(options)
  const id = await findJobId(client, reference)
  if (verb === 'promote') return client.call('promoteJob', { params: { id }, body: { full } })
  if (verb === 'approve') return approve(client, id, options)
  return client.call(`${verb}Job`, { params: { id } })
}

/** Shows what would be deployed and approves that alone, by name. */
async function approve(client: Client, id: string, { json }: ServerOptions): Promise<JobView> {
  const job = await client.call('getJob', { params: { id } })
  const { image, specVersion } = job
  if (!json && job.waitingFor === 'approval') console.log(describeApproval(job))
  return client.call('approveJob', { params: { id }, body: { image, specVersion } })
}

export function createRetryCommand(): Command {
  return addFollowOptions(new Command('retry'))
    .description('start a job again as a new one with the same payload')
    .argument(...jobArgument)
    .action(async (reference: string, options: ServerOptions & WatchOptions) => {
      const client = await connect(options)
      const id = await findJobId(client, reference)
      await watchJob(client, await client.call('retryJob', { params: { id } }), options)
    })
}
