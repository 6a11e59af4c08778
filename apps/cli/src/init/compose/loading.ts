import { relative } from 'node:path'
import { CliError, exitStatus, isCommandFailure } from '../../exit.ts'
import type { LeftOut } from '../draft.ts'
import { isInside, readForeignFile } from '../foreign-file.ts'
import type { Place } from '../place.ts'
import type { Allowance } from './give-values.ts'

const mostFiles = 100
const mostLetters = 2 ** 22

/** What a compose project is read with. */
export interface Loading {
  place: Place
  /** What was read of its files so far. */
  read: { files: number; letters: number; names: Set<string> }
  values: Allowance
  /** How many entries may be merged yet. */
  merges: { entries: number }
  /** Values that may stand in no spec. */
  secretValues: ReadonlySet<string>
  /** Values of variables that are hidden for another reason. */
  hidden: Set<string>
  /** What could not be followed. */
  told: LeftOut[]
}

/**
 * A file that another one names; undefined where there is none.
 * @throws CliError for one that leads out of the project, or is one too many
 */
export async function readNamedFile(loading: Loading, path: string): Promise<string | undefined> {
  const { place, read } = loading
  const name = nameFile(place, path)
  if (!isInside(place.root, path)) throw new CliError(exitStatus.usage, `${name}: leads out of the project`)
  if (read.files >= mostFiles || read.letters > mostLetters)
    throw new CliError(
      exitStatus.usage,
      `${name}: is beyond the ${mostFiles} files, or the 4 MiB, that are read of a project`,
    )
  const text = await readForeignFile(place.root, path)
  if (text !== undefined) {
    read.files += 1
    read.names.add(name)
  }
  read.letters += text?.length ?? 0
  return text
}

/** As a person finds it from the folder of the project. */
export function nameFile({ folder }: Pick<Place, 'folder'>, path: string): string {
  return relative(folder, path) || '.'
}

/** Does what may fail for what the file says, and tells it then. */
export async function orTell<T>(loading: Loading, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isCommandFailure(error)) throw error
    tell(loading, what, error.message)
    return undefined
  }
}

/** Once: what several services take from is told of one. */
export function tell({ told }: Loading, what: string, why: string): void {
  if (told.length < 200 && !told.some((one) => one.what === what && one.why === why)) told.push({ what, why })
}

/** What is somewhere else is not fetched. */
export function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]{0,30}:|^git@/i.test(path)
}
