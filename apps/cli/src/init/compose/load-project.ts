import { dirname, join } from 'node:path'
import { CliError, exitStatus } from '../../exit.ts'
import type { LeftOut } from '../draft.ts'
import type { Place } from '../place.ts'
import { fieldOf } from '../values.ts'
import { createAllowance, type Values } from './give-values.ts'
import { type Model, overrideModel, readModel, withoutReset } from './include-files.ts'
import { type Loading, nameFile, orTell, tell } from './loading.ts'
import { createMerges } from './merge-service.ts'
import { type ComposeProject, textOf } from './read-project.ts'
import { readSource, type Source, toSource } from './read-source.ts'
import { readVariables } from './read-variables.ts'
import { listSecretValues } from './secret-values.ts'
import { tellDevelopment } from './tell-development.ts'

const mostServices = 500

interface File {
  place: Place
  /** Absolute. */
  path: string
  /** Absolute: what is merged into it, in this order. */
  overrides?: readonly string[]
  /** Nobody named those: where one cannot be read, the rest holds. */
  areFound?: boolean
  /** COMPOSE_FILE was looked at: what there is to tell of it. */
  told?: readonly LeftOut[]
}

/**
 * A compose file with all that it names: `.env` beside it, what it includes, and what its services extend.
 * @throws CliError for what is no compose file
 */
export async function loadProject(text: string, file: File): Promise<ComposeProject> {
  const first = await readWith(text, file, new Set())
  // A variable may be called what it likes: what a secret is made of is one wherever it stands.
  const secretValues = listSecretValues(first)
  return secretValues.size > 0 ? await readWith(text, file, secretValues) : first
}

async function readWith(text: string, file: File, secretValues: ReadonlySet<string>): Promise<ComposeProject> {
  const { place, path, told } = file
  const loading: Loading = {
    place,
    read: { files: 0, letters: 0, names: new Set([nameFile(place, path)]) },
    values: createAllowance(),
    merges: createMerges(),
    secretValues,
    told: [...(told ?? [])],
    hidden: new Set(),
  }
  const folder = dirname(path)
  // What is in the folder where compose is started counts before what is beside the file.
  const own = await readVariables(told ? [join(place.folder, '.env')] : [], new Map(), loading)
  const isElsewhere = told === undefined || folder !== place.folder
  const values = isElsewhere ? await readVariables([join(folder, '.env')], own, loading) : own
  if (told === undefined) tellSettings(values, loading)
  const source = toSource(text, { path, folder, values, others: new Map() }, loading)
  const merged = await mergeFiles(source, file, loading)
  return toProject(merged.source, merged.model, loading)
}

/** Paths of all of them begin from the folder of the first. */
async function mergeFiles(first: Source, { overrides = [], areFound }: File, loading: Loading) {
  const { folder, values } = first
  let merged = { source: first, model: await readModel(first, [first.path], loading) }
  for (const path of overrides) {
    const name = nameFile(loading.place, path)
    const merge = async () => {
      const source = await readSource(path, { folder, values }, loading)
      const model = overrideModel(merged.model, await readModel(source, [path], loading), loading)
      await tellDevelopment(source, nameFile(loading.place, first.path), loading)
      const named = fieldOf(source.fields, 'name')
      const fields = named == null ? merged.source.fields : { ...merged.source.fields, name: named }
      return { source: { ...merged.source, fields }, model }
    }
    merged = (areFound ? await orTell(loading, name, merge) : await merge()) ?? merged
  }
  return merged
}

/** What compose itself reads of .env. */
function tellSettings(values: Values, loading: Loading): void {
  const files = values.get('COMPOSE_FILE')
  if (files) tell(loading, `COMPOSE_FILE in ${files.from}`, 'is not followed: the files that are named count')
}

function toProject({ fields, values, path }: Source, model: Model, loading: Loading): ComposeProject {
  const { place, told, hidden, read } = loading
  const file = nameFile(place, path)
  const services = [...withoutReset(model.services)].map(([name, one]) => ({ name, ...one }))
  const [first] = told
  if (services.length === 0)
    throw new CliError(
      exitStatus.usage,
      `${file}: has no \`services\`, so it is no compose file`,
      first && `${first.what}: ${first.why}`,
    )
  if (services.length > mostServices)
    throw new CliError(exitStatus.usage, `${file}: has more than ${mostServices} services`)
  const [ownName, profiles] = (['COMPOSE_PROJECT_NAME', 'COMPOSE_PROFILES'] as const).map((key) => {
    const value = values.get(key)
    return value?.text ? { text: value.text, given: `${key} in ${value.from}` } : undefined
  })
  return {
    file,
    folder: dirname(path),
    name: ownName?.text ?? textOf(fieldOf(fields, 'name')),
    given: { name: ownName?.given, profiles: profiles?.given },
    services,
    configs: Object.fromEntries([...withoutReset(model.configs)].map(([name, config]) => [name, config.fields])),
    profiles: new Set(profiles?.text.split(',').map((profile) => profile.trim())),
    hidden: [...hidden],
    read: [...read.names],
    told,
  }
}
