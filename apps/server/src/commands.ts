import type { Config } from '@stevedore/config'
import { durationMs, type JobKind, jobKinds } from '@stevedore/contract/words'
import { Command, InvalidArgumentError } from 'commander'
import { requireDatabase, withPort } from './config.ts'
import { runServer } from './run-server.ts'
import type { FirstTokenOptions } from './token-place.ts'

/** The commands that run Stevedore. What an action needs is loaded when it runs, so that the help of all commands is there at once. */
export function createServerCommands(): Command[] {
  return [
    createUpCommand(),
    createApiCommand(),
    createWorkerCommand(),
    createMigrateCommand(),
    createBackupCommand(),
    createRestoreCommand(),
  ]
}

function createUpCommand(): Command {
  return new Command('up')
    .description('run everything in one process: a database where DATABASE_URL names none, the API and a worker')
    .option('--port <port>', 'the port of the API, instead of PORT', parsePort)
    .action(async ({ port }: { port?: number }) => {
      const config = withPort(await readSettings(), port)
      const { runUp } = await import('./up.ts')
      await runServer(() => runUp(config))
    })
}

function createApiCommand(): Command {
  return new Command('api')
    .description('run the API alone; needs DATABASE_URL')
    .option('--port <port>', 'instead of PORT', parsePort)
    .action(async ({ port }: { port?: number }) => {
      const config = requireDatabase(withPort(await readSettings(), port))
      const { runApi } = await import('./api.ts')
      await runServer(() => runApi(config))
    })
}

function createWorkerCommand(): Command {
  return new Command('worker')
    .description('run a worker alone; needs DATABASE_URL')
    .option('--kinds <kinds>', `the kinds of job that it takes, of ${jobKinds.join(',')}`, parseKinds)
    .option('--concurrency <number>', 'how many jobs of each kind at a time', parseWholeNumber)
    .action(async (options: { kinds?: JobKind[]; concurrency?: number }) => {
      const config = requireDatabase(await readSettings())
      const { runWorker } = await import('./worker.ts')
      await runServer(() => runWorker(config, options))
    })
}

function createMigrateCommand(): Command {
  return new Command('migrate')
    .description('bring the tables of DATABASE_URL up to date, and let the role of SERVICE_DATABASE_URL work with them')
    .option('--first-token', 'make and print the first admin token, where there has never been one')
    .option('--first-token-file <path>', 'the same, into a file that only its owner reads, instead of printing it')
    .option('--first-token-secret <name>', 'the same in a pod: into a Secret of its namespace, under `token`')
    .action(async (options: FirstTokenOptions) => {
      const config = requireDatabase(await readSettings())
      const { runMigrate } = await import('./migrate.ts')
      await runMigrate(config, options)
    })
}

function createBackupCommand(): Command {
  return new Command('backup')
    .description('copy all that the ledger holds into a new folder, while everything goes on; secrets stay sealed')
    .requiredOption('--to <folder>', 'where the folder of each backup goes: a folder, or s3://BUCKET/FOLDER')
    .option('--keep <number>', 'how many of them stay there; all by default', parseKeep)
    .option('--every <time>', 'stay, and make one whenever the newest is so old: 30m, 6h, 1d', parseEvery)
    .action(async ({ to, keep, every }: { to: string; keep?: number; every?: number }) => {
      const config = await readSettings()
      const { runBackup } = await import('./backup.ts')
      const run = () =>
        runBackup(config, { to, ...(keep !== undefined && { keep }), ...(every !== undefined && { everyMs: every }) })
      await (every === undefined ? run() : runServer(run))
    })
}

function createRestoreCommand(): Command {
  return new Command('restore')
    .description('fill an empty database, that of DATABASE_URL or of `up`, with what a backup holds')
    .argument('<folder>', 'of the backup, or its s3://BUCKET/FOLDER/NAME')
    .action(async (folder: string) => {
      const config = await readSettings()
      const { runRestore } = await import('./restore.ts')
      await runServer(() => runRestore(config, folder))
    })
}

async function readSettings(): Promise<Config> {
  const { readConfig } = await import('@stevedore/config')
  return readConfig()
}

function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number.')
  return Number(text)
}

function parsePort(text: string): number {
  const port = parseWholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('Ports end at 65535.')
  return port
}

function parseKeep(text: string): number {
  const keep = parseWholeNumber(text)
  if (keep === 0) throw new InvalidArgumentError('At least one stays.')
  return keep
}

function parseEvery(text: string): number {
  const ms = readDurationMs(text)
  if (ms !== undefined && ms >= durationMs('1m') && ms <= durationMs('366d')) return ms
  throw new InvalidArgumentError('A time from 1m to 366d.')
}

function readDurationMs(text: string): number | undefined {
  try {
    return durationMs(text)
  } catch {
    // It is none.
    return undefined
  }
}

/** Kinds between commas. */
function parseKinds(text: string): JobKind[] {
  return text.split(',').map((part) => {
    const kind = jobKinds.find((known) => known === part.trim())
    if (kind === undefined) throw new InvalidArgumentError(`${part.trim()} is not one of ${jobKinds.join(', ')}.`)
    return kind
  })
}
