import type { LeftOut } from '../draft.ts'
import { splitShellWords } from '../shell-words.ts'
import { type Fields, fieldsOf, listOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'

/** A service of a compose project, as it is written, but for what it takes from others. */
export interface Service {
  name: string
  fields: Fields
  /** The file that has it, as a person finds it: `compose.yaml`. */
  file: string
}

export interface ComposeProject {
  /** As a person finds it: `compose.yaml`. */
  file: string
  /** Absolute: what its paths begin from. */
  folder: string
  name: string | undefined
  services: Service[]
  configs: Fields
  /** What of .env is about the project as a whole, by what it becomes. */
  given: { name: string | undefined; profiles: string | undefined }
  /** What is started of services with a profile; `*` is all. */
  profiles: ReadonlySet<string>
  /** Values of its files of variables that may stand in no spec. */
  hidden: string[]
  /** The files that it was read from, as a person finds them. */
  read: string[]
  /** What could not be followed. */
  told: LeftOut[]
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

/** The variables of a text, or of a list of texts, whose values may stand in no spec. */
export function listHidden(value: unknown): string[] {
  return (typeof value === 'string' ? [value] : listOf(value)).flatMap((one) =>
    typeof one === 'string' ? expandVariables(one).hidden : [],
  )
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
