import type { JobVerb, JobView } from '@stevedore/contract'
import { Command } from 'commander'
import { apiPath } from '../client/client.ts'
import { addFollowOptions, addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printJson } from '../output.ts'
import { describeState } from '../render/describe-job.ts'
import { type WatchOptions, watchJob } from '../watch.ts'

const descriptions: Record<Exclude<JobVerb, 'retry'>, string> = {
  cancel: 'end a job; what it began is cleaned up',
  approve: 'let a deploy that waits for approval go on',
  reject: 'refuse a deploy that waits for approval',
  pause: 'stop a rollout after the step that runs',
  resume: 'go on with a paused rollout',
  promote: 'end the pause of a canary',
  abort: 'return all traffic to the stable revision and end the deploy',
}

/** A command for each wish that moves or steers a job. */
export function createControlCommands(): Command[] {
  return Object.entries(descriptions).map(([verb, description]) => {
    const command = addServerOptions(new Command(verb)).description(description).argument('<job>')
    if (verb === 'promote') command.option('--full', 'skip all pauses that remain')
    return command.action((id: string, options: ServerOptions & { full?: boolean }) => control(verb, id, options))
  })
}

async function control(verb: string, id: string, options: ServerOptions & { full?: boolean }): Promise<void> {
  const body = options.full ? { full: true } : {}
  const job = await connect(options).post<JobView>(apiPath`/v1/jobs/${id}/${verb}`, { body })
  if (options.json) printJson(job)
  else console.log(`${verb}: accepted; the job is ${describeState(job)}`)
}

export function createRetryCommand(): Command {
  return addFollowOptions(new Command('retry'))
    .description('start a job again as a new one with the same payload')
    .argument('<job>')
    .action(async (id: string, options: ServerOptions & WatchOptions) => {
      const client = connect(options)
      await watchJob(client, await client.post<JobView>(apiPath`/v1/jobs/${id}/retry`, { body: {} }), options)
    })
}
