import { isDeepStrictEqual } from 'node:util'
import { type EnvironmentSpec, listServices, type RecordedService, type ServiceSpec } from '@stevedore/contract'

/** The fields of a companion in which the spec differs from what it was made with, of which its backup is none. */
function findServiceChanges(
  { fromImage: _taken, ...made }: RecordedService,
  { backup: _backup, ...declared }: ServiceSpec,
): string[] {
  const [before, after]: Record<string, unknown>[] = [made, declared] as never
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...keys].filter((key) => !isDeepStrictEqual(before?.[key], after?.[key])).toSorted()
}

/** The command that brings a companion to what the spec says. */
export function nameServiceUpdate({ app, environment }: { app: string; environment: string }, name: string): string {
  return `stevedore service update ${app} ${environment} ${name}`
}

/** A companion as it runs, and the secrets of which a newer value is stored. */
interface Known {
  name: string
  settings: RecordedService
  changedSecrets: readonly string[]
}

/** All in which it differs from what it would be made with now. */
export function listDifferences({ settings, changedSecrets }: Omit<Known, 'name'>, declared: ServiceSpec): string[] {
  return [...findServiceChanges(settings, declared), ...changedSecrets.map((name) => `secrets.${name}`)]
}

/** What a deploy does about companions, in sentences: it makes those that are not there, and leaves all others. */
export function noteServices(
  place: { app: string; environment: string; settings: EnvironmentSpec },
  known: readonly Known[],
): string[] {
  const declared = listServices(place.settings)
  const gone = known.filter(({ name }) => !declared.some((one) => one.name === name))
  return [
    ...declared.flatMap(({ name, ...service }) => {
      const made = known.find((one) => one.name === name)
      if (!made) return [`makes the companion ${name} of ${service.image}`]
      const fields = listDifferences(made, service)
      return fields.length === 0 ? [] : [noteDifference(place, { name, ...service }, fields)]
    }),
    ...gone.map(({ name }) => `leaves the companion ${name} as it is, which the new settings do not name`),
  ]
}

/** What is told of one that a deploy leaves as it is. */
export function noteDifference(
  place: { app: string; environment: string },
  { name, backup }: Pick<ServiceSpec, 'backup'> & { name: string },
  fields: readonly string[],
): string {
  const first = backup ? ', which runs its backup first' : ''
  return `leaves the companion ${name} as it is, which differs in ${fields.join(', ')} from the spec: change it by \`${nameServiceUpdate(place, name)}\`${first}`
}
