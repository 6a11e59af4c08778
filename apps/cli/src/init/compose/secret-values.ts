import { type Draft, leaveOut, readSetting, removeAt, settingPath } from '../draft.ts'
import { isSecretSetting } from '../looks-secret.ts'
import { fieldOf, fieldsOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import { type ComposeProject, pairsOf, textOf } from './read-project.ts'
import { takeSecret } from './take-environment.ts'

/** Shorter ones stand in any text, and those that are not long in any word: `test` in `testing`. */
const [shortest, long] = [4, 6]
/** Where a file has more, no command of it is carried over. */
const mostValues = 500

/** The values of a project's secrets, but for those that something plain is called as well: a password `postgres` of the user `postgres`. */
export function listSecretValues({ services, hidden }: ComposeProject): Set<string> {
  const plain = new Set(
    services.flatMap(({ name, fields }) => [name, ...(textOf(fieldOf(fields, 'image')) ?? '').split(/[/:@]/)]),
  )
  const secret = new Set(hidden.flatMap(listLong))
  for (const { fields } of services)
    for (const [name, written] of pairsOf(fieldOf(fields, 'environment')).slice(0, 500)) {
      const { text } = expandVariables(written ?? '')
      if (!isSecretSetting(name, text)) plain.add(text)
      else for (const value of listLong(text)) secret.add(value)
    }
  return new Set([...secret].filter((value) => !plain.has(value)))
}

/** A secret value, and the password in it. */
function listLong(text: string): string[] {
  return [text, readPassword(text)].filter((value) => value.length >= shortest)
}

function readPassword(address: string): string {
  return /:\/\/[^\s/:@]*:([^\s@/]+)@/.exec(address)?.[1] ?? ''
}

const passwordOption = /^--?[a-z-]{0,40}(pass|passwd|password|secret|token)(=.+)?$/i

/** Takes out commands in which a password stands, and makes secrets of variables with one: who may read the spec would see it. */
export function hideSecrets(draft: Draft, values: ReadonlySet<string>): void {
  for (const keys of [['command'], ['args'], ['health', 'command']]) {
    const words = readSetting(draft, ...keys)
    if (!Array.isArray(words) || !holdsSecret(words.map(String), values)) continue
    removeAt(draft.spec, settingPath(draft, ...keys))
    leaveOut(draft, keys.join(' '), 'holds a password, which would stand in the spec')
  }
  for (const [name, value] of Object.entries(fieldsOf(readSetting(draft, 'env')))) {
    if (!holdsSecret([String(value)], values)) continue
    removeAt(draft.spec, settingPath(draft, 'env', name))
    takeSecret(draft, name, 'a password stands in its value')
  }
}

function holdsSecret(words: readonly string[], values: ReadonlySet<string>): boolean {
  if (values.size > mostValues) return true
  const parts = words.flatMap((word) => word.split(/\s+/))
  const isGiven = parts.some((part, at) => {
    const [, , inline] = passwordOption.exec(part) ?? []
    const value = inline?.slice(1) ?? (passwordOption.test(part) ? parts[at + 1] : undefined)
    // A variable of the container's is read there.
    return value !== undefined && !/^["']?\$/.test(value)
  })
  const whole = new Set(words.flatMap((word) => word.split(/[\s=:@'"]+/)))
  const stands = (value: string) =>
    value.length < long ? whole.has(value) || whole.has(`-p${value}`) : words.some((word) => word.includes(value))
  return isGiven || [...values].some(stands)
}
