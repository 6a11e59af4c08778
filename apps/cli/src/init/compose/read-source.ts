import { dirname } from 'node:path'
import { CliError, exitStatus } from '../../exit.ts'
import { readForeignYaml } from '../foreign-yaml.ts'
import { type Fields, fieldOf, fieldsOf } from '../values.ts'
import { giveToNames } from './give-to-names.ts'
import { giveToAll, type Values } from './give-values.ts'
import { type Loading, nameFile, readNamedFile } from './loading.ts'

/** What is marked by the one goes, by the other takes nothing from what it is merged with. */
export type Mark = '!reset' | '!override'

/** A compose file with the values of its variables. */
export interface Source {
  /** Absolute. */
  path: string
  /** What its paths begin from. */
  folder: string
  fields: Fields
  /** Keys of services that take nothing from what is merged under them, by service. */
  cleared: Map<string, string[][]>
  /** What as a whole is marked, by its kind and name. */
  marked: Map<string, Mark>
  values: Values
  /** Files that services of it take from, by path. */
  others: Map<string, Promise<Source>>
}

/** @throws CliError for what is no compose file */
export async function readSource(
  path: string,
  { folder, values, others = new Map() }: Partial<Source> & Pick<Source, 'values'>,
  loading: Loading,
): Promise<Source> {
  const name = nameFile(loading.place, path)
  const text = await readNamedFile(loading, path)
  if (text === undefined) throw new CliError(exitStatus.usage, `${name}: is not there`)
  return toSource(text, { path, folder: folder ?? dirname(path), values, others }, loading)
}

export function toSource(
  text: string,
  source: Omit<Source, 'fields' | 'cleared' | 'marked'>,
  loading: Loading,
): Source {
  const cleared = new Map<string, string[][]>()
  const reset: string[][] = []
  const marked = new Map<string, Mark>()
  const [document] = readForeignYaml(text, nameFile(loading.place, source.path), (tag, [kind, name, ...keys]) => {
    if (name === undefined || (tag !== '!reset' && tag !== '!override')) return
    if (keys.length === 0) marked.set(`${kind} ${name}`, tag)
    if (kind !== 'services' || keys.length === 0) return
    cleared.set(name, [...(cleared.get(name) ?? []), keys])
    if (tag === '!reset') reset.push(['services', name, ...keys])
  })
  const fields = withoutAll(fieldsOf(giveToAll(document, source.values, loading.values)), reset)
  const give = (service: unknown) => giveToNames(fieldsOf(service), source.values, loading.values)
  const services = Object.entries(fieldsOf(fieldOf(fields, 'services'))).map(([name, one]) => [name, give(one)])
  return { ...source, cleared, marked, fields: { ...fields, services: Object.fromEntries(services) } }
}

/** What is there without these of its parts. */
export function withoutAll(fields: Fields, parts: readonly string[][]): Fields {
  return parts.slice(0, 100).reduce(without, fields)
}

function without(fields: Fields, [key = '', ...rest]: string[]): Fields {
  const inner = fieldOf(fields, key)
  if (inner === undefined || (rest.length > 0 && (typeof inner !== 'object' || inner === null || Array.isArray(inner))))
    return fields
  const others = Object.entries(fields).filter(([name]) => name !== key)
  return Object.fromEntries(rest.length === 0 ? others : [...others, [key, without(fieldsOf(inner), rest)]])
}
