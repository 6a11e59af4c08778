import { resolve } from 'node:path'
import { CliError, exitStatus } from '../../exit.ts'
import { type Fields, fieldOf, fieldsOf } from '../values.ts'
import { isRemote, type Loading, nameFile, orTell } from './loading.ts'
import { mergeService } from './merge-service.ts'
import { moveService } from './move-paths.ts'
import { textOf } from './read-project.ts'
import { readSource, type Source, withoutAll } from './read-source.ts'

const deepest = 20

/** The services of a file, each with what it takes from others by `extends`. */
export async function extendServices(source: Source, loading: Loading): Promise<[string, Fields][]> {
  const found: [string, Fields][] = []
  for (const [name, fields] of Object.entries(fieldsOf(fieldOf(source.fields, 'services'))))
    found.push([name, await extendService({ name, fields: fieldsOf(fields), source }, [], loading)])
  return found
}

interface Named {
  name: string
  fields: Fields
  source: Source
}

async function extendService(service: Named, chain: readonly string[], loading: Loading): Promise<Fields> {
  const { extends: wanted, ...own } = service.fields
  if (wanted === undefined || wanted === null) return service.fields
  const file = nameFile(loading.place, service.source.path)
  const what = `extends of ${service.name} in ${file}`
  const extended = await orTell(loading, what, async () => {
    const base = await findBase(service, wanted, loading)
    const key = nameService(base, loading)
    const here = [...chain, nameService(service, loading)]
    if (here.includes(key)) throw refuse(`leads back to ${key}: compose refuses that`)
    if (here.length > deepest) throw refuse(`leads through more than ${deepest} services`)
    const whole = await extendService(base, here, loading)
    const moved = moveService(whole, { from: base.source.folder, to: service.source.folder })
    const cleared = service.source.cleared.get(service.name) ?? []
    return mergeService(withoutAll(moved, cleared), own, loading.merges)
  })
  return extended ?? own
}

async function findBase({ source }: Named, wanted: unknown, loading: Loading): Promise<Named> {
  const [name, file] = [
    textOf(wanted) ?? textOf(fieldOf(fieldsOf(wanted), 'service')),
    fieldOf(fieldsOf(wanted), 'file'),
  ]
  if (name === undefined) throw refuse('names no service that can be told')
  const other = file === undefined || file === null ? source : await findSource(source, textOf(file), loading)
  const services = fieldsOf(fieldOf(other.fields, 'services'))
  if (!Object.hasOwn(services, name)) throw refuse(`${nameFile(loading.place, other.path)} has no service ${name}`)
  return { name, fields: fieldsOf(fieldOf(services, name)), source: other }
}

async function findSource(source: Source, file: string | undefined, loading: Loading): Promise<Source> {
  if (file === undefined) throw refuse('its file has a variable without a value')
  if (isRemote(file)) throw refuse(`${file} is not fetched: only files of the project are read`)
  const path = resolve(source.folder, file)
  if (path === source.path) return source
  const { values, others } = source
  const found = others.get(path) ?? readSource(path, { values, others }, loading)
  others.set(path, found)
  return await found
}

function nameService({ name, source }: Named, { place }: Loading): string {
  return `${name} of ${nameFile(place, source.path)}`
}

function refuse(why: string): CliError {
  return new CliError(exitStatus.usage, why)
}
