import { Command } from 'commander'
import { checkNames } from '../init/check-arguments.ts'
import { addWriteOptions, askForDigests } from './init.ts'

interface Options {
  app?: string
  engine?: 'docker' | 'kubernetes'
  environment: string
  force?: boolean
  stdout?: boolean
  digests?: boolean
}

export function createImportCommand(): Command {
  return new Command('import').description('specs made of what other tools declare').addCommand(createComposeCommand())
}

function createComposeCommand(): Command {
  return addWriteOptions(new Command('compose'))
    .description(
      'write a spec for each service of a compose file that is built, and say what it cannot say; asks nobody, unless by `--digests`',
    )
    .argument('<file>')
    .action(importCompose)
}

async function importCompose(
  file: string,
  { app, engine, environment, force, stdout, digests }: Options,
): Promise<void> {
  await checkNames({ app, environment })
  const { importComposeFile } = await import('../init/compose/import-file.ts')
  const { writeSpecs } = await import('../init/write-specs.ts')
  const drafts = await importComposeFile(file, { app, environment, engine: engine ?? 'docker' })
  if (digests) await askForDigests(drafts.drafts)
  await writeSpecs(drafts, { folder: '.', force, stdout, command: 'stevedore import compose' })
}
