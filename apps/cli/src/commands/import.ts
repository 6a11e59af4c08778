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
      'write a stevedore.yaml with an app for each service that a compose file builds, or several files merged in their order, and say what it cannot say; asks nobody, unless by `--digests`',
    )
    .argument('<file...>')
    .action(importCompose)
}

async function importCompose(
  files: string[],
  { app, engine, environment, force, stdout, digests }: Options,
): Promise<void> {
  await checkNames({ app, environment })
  const { importComposeFiles } = await import('../init/compose/import-file.ts')
  const { writeSpecs } = await import('../init/write-specs.ts')
  const drafts = await importComposeFiles(files, { app, environment, engine: engine ?? 'docker' })
  if (digests) await askForDigests(drafts.drafts)
  await writeSpecs(drafts, { folder: '.', force, stdout, command: 'stevedore import compose' })
}
