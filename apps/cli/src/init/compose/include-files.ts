import { dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CliError, exitStatus } from '../../exit.ts'
import { type Fields, fieldOf, fieldsOf } from '../values.ts'
import { extendServices } from './extend-services.ts'
import { isRemote, type Loading, nameFile, orTell, tell } from './loading.ts'
import { mergeService } from './merge-service.ts'
import { moveDeclared, moveService } from './move-paths.ts'
import { textOf } from './read-project.ts'
import { type Mark, readSource, type Source, withoutAll } from './read-source.ts'
import { readVariables } from './read-variables.ts'

/** What files declare, by its name, with the file that has it. */
type Declared = Map<string, { fields: Fields; file: string; cleared: string[][]; mark?: Mark | undefined }>

export type Model = Record<Kind, Declared>
type Kind = (typeof kinds)[number]

const kinds = ['services', 'volumes', 'configs', 'secrets', 'networks'] as const
const deepest = 20

/** What a file declares, with what it includes; paths begin from its folder. */
export async function readModel(source: Source, chain: readonly string[], loading: Loading): Promise<Model> {
  const model = await readOwn(source, loading)
  const wanted = fieldOf(source.fields, 'include')
  const entries = Array.isArray(wanted) ? wanted : wanted === undefined || wanted === null ? [] : [wanted]
  for (const entry of entries.slice(0, 1_000)) {
    const what = `include of ${nameFile(loading.place, source.path)}`
    const included = await orTell(loading, what, () => readIncluded(entry, source, chain, loading))
    if (included) addModel(model, included, loading)
  }
  return model
}

async function readOwn(source: Source, loading: Loading): Promise<Model> {
  const file = nameFile(loading.place, source.path)
  const services = await extendServices(source, loading)
  const declare = (kind: Kind, entries: [string, unknown][]): Declared =>
    new Map(
      entries.map(([name, fields]) => [
        name,
        {
          fields: fieldsOf(fields),
          file,
          cleared: kind === 'services' ? (source.cleared.get(name) ?? []) : [],
          mark: source.marked.get(`${kind} ${name}`),
        },
      ]),
    )
  const read = (kind: Kind) => declare(kind, Object.entries(fieldsOf(fieldOf(source.fields, kind))))
  return {
    services: declare('services', services),
    volumes: read('volumes'),
    configs: read('configs'),
    secrets: read('secrets'),
    networks: read('networks'),
  }
}

async function readIncluded(
  entry: unknown,
  { folder, values }: Source,
  chain: readonly string[],
  loading: Loading,
): Promise<Model> {
  const settings = typeof entry === 'string' ? { path: entry } : fieldsOf(entry)
  const [main, ...more] = readPaths(settings, 'path').map((path) => resolve(folder, path))
  if (main === undefined) throw refuse('names no path')
  if (chain.includes(main)) throw refuse(`${nameFile(loading.place, main)} leads back to itself: compose refuses that`)
  if (chain.length >= deepest)
    throw refuse(`${nameFile(loading.place, main)} is beyond ${deepest} files that include each other`)
  const [directory] = readPaths(settings, 'project_directory')
  const own = directory === undefined ? dirname(main) : resolve(folder, directory)
  const files = fieldOf(settings, 'env_file') == null ? undefined : readPaths(settings, 'env_file')
  const paths = files?.map((path) => resolve(folder, path)) ?? [resolve(own, '.env')]
  const known = await readVariables(paths, values, loading)
  const models: Model[] = []
  for (const path of [main, ...more]) {
    const source = await readSource(path, { folder: own, values: known }, loading)
    models.push(await readModel(source, [...chain, main], loading))
  }
  return moveModel(
    models.reduce((base, over) => overrideModel(base, over, loading)),
    { from: own, to: folder },
  )
}

/** @throws CliError for a path that is not of this project, or cannot be told */
function readPaths(settings: Fields, key: string): string[] {
  const value = fieldOf(settings, key)
  const entries = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  return entries
    .map((entry) => {
      const path = textOf(entry)
      if (path === undefined) throw refuse(`its ${key} has a variable without a value, or is no text`)
      if (isRemote(path)) throw refuse(`${path} is not fetched: only files of the project are read`)
      return path
    })
    .filter((path) => path !== '/dev/null')
}

function moveModel(model: Model, folders: { from: string; to: string }): Model {
  const each = (kind: Kind, move: (fields: Fields) => Fields): Declared =>
    new Map([...model[kind]].map(([name, one]) => [name, { ...one, fields: move(one.fields) }]))
  const declared = (kind: Kind) => each(kind, (fields) => moveDeclared(fields, folders))
  return {
    ...model,
    services: each('services', (service) => moveService(service, folders)),
    configs: declared('configs'),
    secrets: declared('secrets'),
  }
}

/** Files that are read as one: what a later one says is merged into what is there. */
export function overrideModel(base: Model, over: Model, loading: Loading): Model {
  const merged = (kind: Kind): Declared => {
    const all: Declared = new Map(base[kind])
    for (const [name, one] of over[kind]) {
      const known = all.get(name)
      const merge = (fields: Fields) => mergeService(withoutAll(fields, one.cleared), one.fields, loading.merges)
      if (known === undefined || one.mark === '!override') all.set(name, one)
      else if (one.mark === '!reset') all.delete(name)
      else all.set(name, { ...known, file: `${known.file}, ${one.file}`, fields: merge(known.fields) })
    }
    return all
  }
  return {
    services: merged('services'),
    volumes: merged('volumes'),
    configs: merged('configs'),
    secrets: merged('secrets'),
    networks: merged('networks'),
  }
}

/** Less what is marked to be none, and was merged into nothing. */
export function withoutReset(model: Declared): Declared {
  return new Map([...model].filter(([, { mark }]) => mark !== '!reset'))
}

function addModel(model: Model, included: Model, loading: Loading): void {
  for (const kind of kinds)
    for (const [name, one] of included[kind]) {
      const known = model[kind].get(name)
      if (!known) model[kind].set(name, one)
      else if (!isDeepStrictEqual(known.fields, one.fields))
        tell(
          loading,
          `${kind} ${name} of ${one.file}`,
          `${known.file} has another one of that name, which compose refuses: that of ${known.file} is taken`,
        )
    }
}

function refuse(why: string): CliError {
  return new CliError(exitStatus.usage, why)
}
