import { CliError, exitStatus } from '../../exit.ts'
import { readForeignYaml } from '../foreign-yaml.ts'
import { splitShellWords } from '../shell-words.ts'
import { type Fields, fieldOf, fieldsOf, listOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'

/** A service of a compose file, as it is written. */
export interface Service {
  name: string
  fields: Fields
}

export interface ComposeProject {
  /** As a person finds it: `compose.yaml`. */
  file: string
  name: string | undefined
  services: Service[]
  /** The top level, for what services refer to. */
  fields: Fields
}

const mostServices = 500

/** @throws CliError for what is no compose file */
export function readProject(text: string, file: string): ComposeProject {
  const [document] = readForeignYaml(text, file)
  const fields = fieldsOf(document)
  const services = Object.entries(fieldsOf(fieldOf(fields, 'services')))
  if (services.length === 0)
    throw new CliError(exitStatus.usage, `${file}: has no \`services\`, so it is no compose file`)
  if (services.length > mostServices)
    throw new CliError(exitStatus.usage, `${file}: has more than ${mostServices} services`)
  return {
    file,
    name: textOf(fieldOf(fields, 'name')),
    fields,
    services: services.map(([name, value]) => ({ name, fields: fieldsOf(value) })),
  }
}

/** A text with its defaults filled in; undefined where it is none, or a variable of it has none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const { text, missing } = expandVariables(value)
  return missing.length > 0 ? undefined : text
}

/** A list of texts, or the words of a line; undefined where one of them cannot be told. */
export function wordsOf(value: unknown): string[] | undefined {
  const words = typeof value === 'string' ? splitWords(value) : listOf(value).map(textOf)
  return words?.every((word) => word !== undefined) ? words : undefined
}

function splitWords(line: string): string[] | undefined {
  const text = textOf(line)
  return text === undefined ? undefined : splitShellWords(text)
}

/** `[A=1, B]`, or `{ A: 1, B: }`: a value that is undefined is the shell's who starts it. */
export function pairsOf(value: unknown): [string, string | undefined][] {
  if (Array.isArray(value))
    return value.flatMap((entry) => {
      if (typeof entry !== 'string') return []
      const sign = entry.indexOf('=')
      return [sign < 0 ? [entry, undefined] : [entry.slice(0, sign), entry.slice(sign + 1)]] as [
        [string, string | undefined],
      ]
    })
  return Object.entries(fieldsOf(value)).map(([name, one]) => [name, typeof one === 'string' ? one : undefined])
}

/** A list of texts, or one. */
export function textsOf(value: unknown): string[] {
  return (typeof value === 'string' ? [value] : listOf(value)).flatMap((one) => textOf(one) ?? [])
}

/** Whether a flag says yes; YAML's words for that are texts here. */
export function isSet(value: unknown): boolean {
  return /^(true|yes|on)$/i.test(textOf(value) ?? '')
}
