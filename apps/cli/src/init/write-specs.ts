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
  /** Where the files go. */
  folder: string
  /** `stevedore init` */
  command: string
  force: boolean | undefined
  /** Prints them instead. */
  stdout: boolean | undefined
}

/** Writes one spec as stevedore.yaml, several as one file each, and says what is in them, what is not, and what comes next. */
export async function writeSpecs({ drafts, leftOut }: ProjectDrafts, options: WriteOptions): Promise<void> {
  const specs = drafts.map((draft) => ({
    draft,
    file: drafts.length === 1 ? specFileName : `${draft.app}.${specFileName}`,
    text: writeSpec(draft, `Made by \`${options.command}\`. What the keys mean: docs/guide/app-spec.md`),
  }))
  if (options.stdout) {
    print(specs.map(({ text }) => text.trimEnd()).join('\n---\n'))
    printAside(describeDrafts(specs, { leftOut, folder: options.folder }))
    return
  }
  if (!options.force) for (const { file } of specs) await refuseExisting(options.folder, file)
  for (const { file, text } of specs) await write(join(options.folder, file), text, options)
  print(describeDrafts(specs, { leftOut, folder: options.folder }))
}

async function refuseExisting(folder: string, file: string): Promise<void> {
  const { lstat } = await import('node:fs/promises')
  const isThere = await lstat(join(folder, file)).then(
    () => true,
    () => false,
  )
  if (isThere) throw exists(file)
}

function exists(file: string): CliError {
  return new CliError(
    exitStatus.usage,
    `There is a ${file} already`,
    'See what it would say by --stdout, or overwrite it by --force.',
  )
}

/** A link that lies there is not followed: it goes, and what it leads to stays. */
async function write(path: string, text: string, { force }: WriteOptions): Promise<void> {
  try {
    if (force) await rm(path, { force: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw exists(path)
    throw new CliError(exitStatus.usage, `${path}: cannot be written (${systemCode(error)})`)
  }
}
