import { type JobKind, jobKinds } from '@stevedore/contract'
import { Command } from 'commander'
import { parseChoices, parseWholeNumber } from '../arguments.ts'
import { loadConfig } from '../connect.ts'
import { requireDatabase } from '../server/require-database.ts'

interface Options {
  kinds?: JobKind[]
  concurrency?: number
}

export function createWorkerCommand(): Command {
  return new Command('worker')
    .description('run a worker alone; needs DATABASE_URL')
    .option('--kinds <kinds>', `the kinds of job that it takes, of ${jobKinds.join(',')}`, parseChoices(jobKinds))
    .option('--concurrency <number>', 'how many jobs of each kind at a time', parseWholeNumber)
    .action(async (options: Options) => {
      const config = requireDatabase(loadConfig())
      const { runWorker } = await import('../server/worker.ts')
      const { kinds = config.workerKinds, concurrency = config.workerConcurrency } = options
      await runWorker(config, { kinds, concurrency })
    })
}
