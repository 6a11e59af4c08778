import { type Draft, leaveOut, readSetting, settingPath, takeSetting } from '../draft.ts'
import { isSecretSetting } from '../looks-secret.ts'
import { fieldOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import { pairsOf, type Service } from './read-project.ts'
import { describeGiven } from './tell-given.ts'

/** The hosts of a compose project, as an app meets them here. */
export interface KnownNames {
  /** Services that it does not reach. */
  unknown: ReadonlySet<string>
  /** Companions that have another name here. */
  renamed: ReadonlyMap<string, string>
}

interface Given extends KnownNames {
  /** `compose.yaml` */
  from: string
}

const mostVariables = 500

/** A service's variables: plain ones as they are, of secret ones the name alone. */
export function takeEnvironment(draft: Draft, { fields }: Service, given: Given): void {
  const pairs = pairsOf(fieldOf(fields, 'environment'))
  for (const [name, value] of pairs.slice(0, mostVariables)) takeVariable(draft, name, value, given)
  if (pairs.length > mostVariables) leaveOut(draft, 'environment', `has more than ${mostVariables} variables`)
}

/** The names alone of a file of variables, whose values are mostly not for a repository. */
export function takeNames(draft: Draft, text: string, given: Given): void {
  for (const line of text.split(/\r?\n/).slice(0, mostVariables)) {
    const [, name] = /^\s*(?:export\s+)?([A-Za-z_]\w{0,127})\s*=/.exec(line) ?? []
    if (name === undefined || readSetting(draft, 'env', name) !== undefined) continue
    if (isSecretSetting(name, undefined)) takeSecret(draft, name, given.from)
    else
      leaveOut(
        draft,
        `env ${name}`,
        `its value is in ${given.from}: write it under \`env\`, or its name under \`secrets\``,
      )
  }
}

function takeVariable(draft: Draft, name: string, written: string | undefined, given: Given): void {
  const { text, missing, assumed, given: ofFiles, hidden } = expandVariables(written ?? '')
  const value = written === undefined || missing.length > 0 ? undefined : text
  const mount = /^\/run\/secrets\//.test(value ?? '') ? /^(.+)_FILE$/.exec(name)?.[1] : undefined
  if (mount !== undefined) {
    takeSecret(draft, mount, `${name} in ${given.from}: secrets come as variables, not as files`)
    return
  }
  if (hidden.length > 0 || isSecretSetting(name, value)) {
    takeSecret(draft, name, [given.from, ...new Set([...hidden, ...ofFiles])].join(', '))
    return
  }
  if (value === undefined) {
    leaveOut(draft, `env ${name}`, explain(missing))
    return
  }
  // A database or a user is often called as the app is.
  const isLabel = /(DB|DATABASE|USER|USERNAME|NAME)$/i.test(name) && given.unknown.has(value)
  const hosts = isLabel ? [] : listHosts(value, given.unknown)
  const renamed = [...given.renamed].filter(([host]) => listHosts(value, new Set([host])).length > 0)
  const notes = [
    ...(ofFiles.length > 0 ? [`from ${describeGiven(ofFiles)}`] : []),
    ...(assumed.length > 0 ? [`the default of ${[...new Set(assumed)].join(', ')}`] : []),
    ...(hosts.length > 0 ? [`${hosts.join(', ')} is a name of ${given.from} alone: put the address here`] : []),
    ...renamed.map(([host, name]) => `${host} is called ${name} here: put that in its place`),
  ]
  takeSetting(draft, ['env', name], value, notes.join('; ') || undefined)
}

function explain(missing: string[]): string {
  const what = missing.length > 0 ? missing.join(', ') : 'its value'
  return `${what} is set where compose is started: write the value under \`env\``
}

export function takeSecret(draft: Draft, name: string, from: string): void {
  const known = readSetting(draft, 'secrets')
  const names = Array.isArray(known) ? known : []
  if (names.includes(name)) return
  takeSetting(draft, ['secrets'], [...names, name])
  draft.comments.push({ path: settingPath(draft, 'secrets', name), text: from })
}

/** The words of a value that are names of services. */
export function listHosts(value: string, services: ReadonlySet<string>): string[] {
  const words = value.split(/[^A-Za-z0-9_.-]+/)
  return [...new Set(words.filter((word) => services.has(word)))]
}
