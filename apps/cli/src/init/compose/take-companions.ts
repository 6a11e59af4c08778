import { type Draft, leaveOut, leaveToPerson, type Path, readSetting, settingPath, takeSetting } from '../draft.ts'
import { isSecretSetting } from '../looks-secret.ts'
import { toAppName, toFreeName } from '../names.ts'
import { fieldOf, fieldsOf } from '../values.ts'
import { type CompanionContext, draftCompanion } from './draft-companion.ts'
import { expandVariables } from './expand-variables.ts'
import { pairsOf, type Service } from './read-project.ts'

/** A companion of one app, under the name that it is found by. */
export interface NamedCompanion {
  service: Service
  name: string
  /** The other apps that use it. */
  others: readonly string[]
}

/** As many as an environment may have. */
const mostCompanions = 10

/** What a companion is never called. */
const reserved = ['web', 'localhost']

/** Each by its own name, or the nearest that a companion may have. */
export function nameCompanions(
  used: readonly { service: Service; others: readonly string[] }[],
  processes: readonly Service[],
): NamedCompanion[] {
  const taken = new Set([...reserved, ...processes.map(({ name }) => toAppName(name))])
  return used.map(({ service, others }) => {
    const name = toFreeName(service.name, taken)
    taken.add(name)
    return { service, name, others }
  })
}

/** What an app needs beside it, as `services` of its environment. */
export async function takeCompanions(
  draft: Draft,
  companions: readonly NamedCompanion[],
  context: Omit<CompanionContext, 'file'>,
): Promise<void> {
  for (const { service } of companions.slice(mostCompanions))
    leaveOut(draft, `service ${service.name}`, `an environment has at most ${mostCompanions} companions`)
  for (const companion of companions.slice(0, mostCompanions)) {
    const found = await draftCompanion(companion.service, draft, { ...context, file: companion.service.file })
    const lack = found ? findLack(found) : 'names no image that can be told'
    if (found && lack === undefined) moveInto(draft, found, companion)
    else leaveOut(draft, `service ${companion.service.name}`, lack ?? '')
  }
}

/** The name of a companion leads to its port alone in a cluster. */
function findLack(found: Draft): string | undefined {
  if (found.engine === 'docker' || readSetting(found, 'port') !== undefined) return undefined
  return 'its port is not told, which a cluster has to know: write it under `services` with one, or `expose` it in the file'
}

function moveInto(draft: Draft, found: Draft, { service, name, others }: NamedCompanion): void {
  const { engine: _, ...settings } = fieldsOf(fieldsOf(found.spec.environments)[found.environment])
  const move = (path: Path) => settingPath(draft, 'services', name, ...path.slice(2))
  takeSetting(draft, ['services', name], settings)
  for (const { path, text } of found.comments) draft.comments.push({ path: move(path), text })
  for (const { path, text } of found.toDecide) leaveToPerson(draft, move(path), text)
  for (const { what, why } of found.leftOut)
    leaveOut(draft, what.endsWith(` of ${service.name}`) ? what : `${what} of ${service.name}`, why)
  if (others.length > 0) draft.sharedWith.set(name, others)
  if (name !== service.name)
    leaveToPerson(
      draft,
      settingPath(draft, 'services', name, 'image'),
      `${service.name} is no name of a companion, so it is called ${name}: addresses that name it have to follow.`,
    )
}

/** Of one name there is one secret in an environment, which the app and its companions share. */
export function tellUnlikeSecrets(draft: Draft, services: readonly Service[]): void {
  const values = new Map<string, Set<string>>()
  for (const { fields } of services)
    for (const [name, written] of pairsOf(fieldOf(fields, 'environment')).slice(0, 500)) {
      if (written === undefined || !isSecretSetting(name, expandVariables(written).text)) continue
      values.set(name, (values.get(name) ?? new Set()).add(written))
    }
  const unlike = [...values].flatMap(([name, found]) => (found.size > 1 ? [name] : []))
  if (unlike.length > 0 && readSetting(draft, 'services') !== undefined)
    leaveToPerson(
      draft,
      settingPath(draft, 'services'),
      `${unlike.slice(0, 10).join(', ')}: services have different values of that name, and an environment has one secret of each name.`,
    )
}
