import { Command, Option } from 'commander'
import { checkFolder, checkNames } from '../init/check-arguments.ts'

interface Options {
  app?: string
  engine?: 'docker' | 'kubernetes'
  environment: string
  dockerfile?: string
  force?: boolean
  stdout?: boolean
}

export function createInitCommand(): Command {
  return addWriteOptions(new Command('init'))
    .description(
      'write a stevedore.yaml for what a folder holds, by its Dockerfile, compose file, Procfile and manifests; asks no server',
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
}

async function init(folder: string, options: Options): Promise<void> {
  const { app, engine, environment, dockerfile, force, stdout } = options
  await checkNames({ app, environment })
  await checkFolder(folder)
  const { initProject } = await import('../init/init-project.ts')
  const { writeSpecs } = await import('../init/write-specs.ts')
  const drafts = await initProject({ folder, app, engine, environment, dockerfile })
  await writeSpecs(drafts, { folder, force, stdout, command: 'stevedore init' })
}
