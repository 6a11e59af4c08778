import { join, resolve } from 'node:path'
import { isCommandFailure } from '../../exit.ts'
import type { LeftOut } from '../draft.ts'
import { isInside, readForeignFile } from '../foreign-file.ts'
import type { Place } from '../place.ts'
import { expandVariables } from './expand-variables.ts'
import { isRemote } from './loading.ts'
import { readEnvFile } from './read-env-file.ts'

/** In the order in which compose looks for them: the first is taken. */
const usual = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const usualOverrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]
const mostFiles = 20

/** The files of a compose project, all absolute. */
export interface ComposeFiles {
  path: string
  text: string
  /** What is merged into it, in this order. */
  overrides: string[]
  /** Nobody named them: where one of them cannot be read, the rest holds. */
  areFound: boolean
  told: LeftOut[]
}

/**
 * The files that compose would read in a folder: those of COMPOSE_FILE in .env, else the usual one and its override file.
 * @throws CliError where the first one cannot be read
 */
export async function chooseFiles(place: Place): Promise<ComposeFiles | undefined> {
  const named = await readNamed(place)
  if (named && 'path' in named) return named
  const told = named ? [named] : []
  const path = await findFirst(place, usual)
  if (path === undefined) return undefined
  const override = await findFirst(place, usualOverrides)
  return { ...path, overrides: override === undefined ? [] : [override.path], areFound: true, told }
}

async function findFirst({ folder, root }: Place, names: readonly string[]) {
  for (const name of names) {
    const path = join(folder, name)
    // One that cannot be read is there all the same, and is told where it is read.
    const text = names === usual ? await readForeignFile(root, path) : await tryRead(root, path)
    if (text !== undefined) return { path, text }
  }
  return undefined
}

async function tryRead(root: string, path: string): Promise<string | undefined> {
  return readForeignFile(root, path).catch((error: unknown) => {
    if (isCommandFailure(error)) return ''
    throw error
  })
}

/** Those of COMPOSE_FILE, or why they are not taken. */
async function readNamed({ folder, root }: Place): Promise<ComposeFiles | LeftOut | undefined> {
  const variables = readEnvFile((await tryRead(root, join(folder, '.env'))) ?? '').entries
  const last = (name: string) => variables.findLast((one) => one.name === name)?.written
  const written = last('COMPOSE_FILE')
  if (written === undefined || written === '') return undefined
  const { text, missing } = expandVariables(written)
  const names = text
    .split(last('COMPOSE_PATH_SEPARATOR') || ':')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const what = 'COMPOSE_FILE in .env'
  if (missing.length > 0) return { what, why: 'is not followed: it is made of other variables' }
  if (names.length === 0 || names.length > mostFiles || names.some(isRemote))
    return { what, why: `is not followed: it has to name 1 to ${mostFiles} files of the project` }
  const paths = names.map((name) => resolve(folder, name))
  const faults = await Promise.all(paths.map((path) => findFault(root, path)))
  const at = faults.findIndex((fault) => fault !== undefined)
  if (at >= 0) return { what, why: `is not followed: ${names[at]} ${faults[at]}` }
  const [path = folder, ...overrides] = paths
  return { path, text: (await readForeignFile(root, path)) ?? '', overrides, areFound: false, told: [] }
}

async function findFault(root: string, path: string): Promise<string | undefined> {
  if (!isInside(root, path)) return 'leads out of the project'
  return readForeignFile(root, path).then(
    (text) => (text === undefined ? 'is not there' : undefined),
    (error: unknown) => {
      if (isCommandFailure(error)) return 'cannot be read'
      throw error
    },
  )
}
