import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, exitStatus } from '../exit.ts'
import { print, printAside } from '../output.ts'
import { specFileName } from '../spec-file.ts'
import { systemCode } from '../system-error.ts'
import type { ProjectDrafts } from './compose/draft-project.ts'
import { describeDrafts } from './describe-drafts.ts'
import { writeSpec } from './write-spec.ts'

interface WriteOptions {
  /** Where the file goes. */
  folder: string
  /** `stevedore init` */
  command: string
  force: boolean | undefined
  /** Prints it instead. */
  stdout: boolean | undefined
}

/** Writes stevedore.yaml, of one app or of several, and says what is in it, what is not, and what comes next. */
export async function writeSpecs({ drafts, leftOut, read }: ProjectDrafts, options: WriteOptions): Promise<void> {
  const text = writeSpec(drafts, `Made by \`${options.command}\`. What the keys mean: docs/guide/app-spec.md`)
  const described = describeDrafts(drafts, { leftOut, folder: options.folder, read })
  if (options.stdout) {
    print(text.trimEnd())
    printAside(described)
    return
  }
  await write(join(options.folder, specFileName), text, options)
  print(described)
}

function exists(): CliError {
  return new CliError(
    exitStatus.usage,
    `There is a ${specFileName} already`,
    'See what it would say by --stdout, or overwrite it by --force.',
  )
}

/** A link that lies there is not followed: it goes, and what it leads to stays. */
async function write(path: string, text: string, { force }: WriteOptions): Promise<void> {
  try {
    if (force) await rm(path, { force: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw exists()
    throw new CliError(exitStatus.usage, `${path}: cannot be written (${systemCode(error)})`)
  }
}
