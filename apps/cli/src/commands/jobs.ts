import type { JobView } from '@stevedore/contract'
import { type JobKind, jobKinds, jobStates, waitReasons } from '@stevedore/contract/words'
import { Command, Option } from 'commander'
import { parseWholeNumber, parseWords } from '../arguments.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printList } from '../output.ts'
import { describeState, nameVariant } from '../render/describe-job.ts'
import { formatAge } from '../render/time.ts'

interface Options extends ServerOptions {
  app?: string
  environment?: string
  kind?: JobKind
  state?: string
  waitingFor?: string
  limit: number
}

export function createJobsCommand(): Command {
  return addServerOptions(new Command('jobs'))
    .description('jobs, newest first')
    .option('--app <app>', 'of this app')
    .option('--environment <environment>', 'of this environment')
    .addOption(new Option('--kind <kind>', 'of this kind').choices(jobKinds))
    .option('--state <states>', 'in this state, or in one of several: `queued,waiting`', parseWords(jobStates))
    .option(
      '--waiting-for <reasons>',
      'that wait for this: `approval`, `retry`; or for one of several',
      parseWords(waitReasons),
    )
    .option('--limit <number>', 'how many, at most 200', parseWholeNumber, 20)
    .action(listJobs)
}

async function listJobs({ app, environment, kind, state, waitingFor, limit, ...options }: Options): Promise<void> {
  const client = await connect(options)
  const page = await client.call('listJobs', { query: { app, environment, kind, state, waitingFor, limit } })
  printList(page.items, { json: options.json, headline, row: toRow, empty: 'No jobs.' })
}

const headline = ['JOB', 'KIND', 'APP', 'ENVIRONMENT', 'PROGRESS', 'CREATED', 'BY', 'STATE']

function toRow(job: JobView): string[] {
  const state = job.error ? `${job.state}: ${job.error.code}` : describeState(job)
  const progress = `${job.progress}%`
  const variant = nameVariant(job)
  const kind = variant ? `${job.kind} (${variant})` : job.kind
  return [job.id, kind, job.app, job.environment ?? '-', progress, formatAge(job.createdAt), job.requestedBy, state]
}
