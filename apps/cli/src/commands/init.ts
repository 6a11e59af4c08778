import { Command, Option } from 'commander'
import { checkFolder, checkNames } from '../init/check-arguments.ts'
import type { Draft } from '../init/draft.ts'

interface Options {
  app?: string
  engine?: 'docker' | 'kubernetes'
  environment: string
  dockerfile?: string
  force?: boolean
  stdout?: boolean
  digests?: boolean
}

export function createInitCommand(): Command {
  return addWriteOptions(new Command('init'))
    .description(
      'write a stevedore.yaml for what a folder holds, by its Dockerfile, compose file, Procfile and manifests; asks nobody, unless by `--digests`',
    )
    .argument('[folder]', 'the project', '.')
    .option('--dockerfile <path>', 'which Dockerfile of the folder')
    .action(init)
}

/** What is the same of every command that writes specs. */
export function addWriteOptions(command: Command): Command {
  return command
    .option('--app <app>', 'its name; by default the folder’s')
    .addOption(new Option('--engine <engine>', 'where it is to run').choices(['docker', 'kubernetes']))
    .option('--environment <environment>', 'the name of its environment', 'staging')
    .option('--force', 'overwrite the spec that is there')
    .option('--stdout', 'print it, and write no file')
    .option('--digests', 'ask registries for the digests of companions’ images')
}

/** Registries on private networks are asked as a worker asks them: where `ALLOWED_HOSTS` names them. */
export async function askForDigests(drafts: readonly Draft[]): Promise<void> {
  const { readConfig } = await import('@stevedore/config')
  const { findDigests } = await import('../init/find-digests.ts')
  await findDigests(drafts, readConfig().allowedHosts)
}

async function init(folder: string, options: Options): Promise<void> {
  const { app, engine, environment, dockerfile, force, stdout, digests } = options
  await checkNames({ app, environment })
  await checkFolder(folder)
  const { initProject } = await import('../init/init-project.ts')
  const { writeSpecs } = await import('../init/write-specs.ts')
  const drafts = await initProject({ folder, app, engine, environment, dockerfile })
  if (digests) await askForDigests(drafts.drafts)
  await writeSpecs(drafts, { folder, force, stdout, command: 'stevedore init' })
}
