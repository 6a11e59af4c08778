import { CliError, exitStatus } from '../../exit.ts'
import { deepest, longest, readVariable, splitAtVariables } from './expand-variables.ts'

/** A variable of a file of variables. */
export interface Value {
  text: string
  /** `.env`, as a person finds it. */
  from: string
  /** Whether it may stand in no spec. */
  isHidden: boolean
}

export type Values = ReadonlyMap<string, Value>
type Known = Pick<Values, 'get'>

/** What a project may become by values that stand in many places. */
const mostLetters = 2 ** 22

/** What is left of that. */
export interface Allowance {
  letters: number
}

export function createAllowance(): Allowance {
  return { letters: mostLetters }
}

/** A part of a compose file with the values of its variables put into its texts, still as variables, so that it can be told where they are from. */
export function giveToAll(part: unknown, values: Known, allowance: Allowance): unknown {
  if (typeof part === 'string') return part.includes('$') ? giveValues(part, values, allowance) : part
  if (Array.isArray(part)) return part.map((one) => giveToAll(one, values, allowance))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, giveToAll(one, values, allowance)]))
}

/**
 * `${PORT:-80}` becomes `${PORT:=.env:8080}` where .env says `PORT=8080`, and `${PORT:!.env}` where its value is hidden. These two forms
 * are none of compose's: where a file has them they are plain text.
 * @throws CliError for values that make a text, or all of them, too long
 */
export function giveValues(text: string, values: Known, allowance: Allowance): string {
  if (text.length > longest) return text
  const given = giveWithin(text, values, 0)
  allowance.letters -= given.length
  if (given.length > longest || allowance.letters < 0)
    throw new CliError(
      exitStatus.usage,
      'with the values of its variables a text of the project, or all of them, is too long',
    )
  return given
}

function giveWithin(text: string, values: Known, depth: number): string {
  if (!text.includes('$')) return text
  if (depth > deepest) return doubleSigns(text)
  const parts: string[] = []
  let length = 0
  for (const [at, part] of splitAtVariables(text).entries()) {
    // What is too long already is refused: it need not become longer.
    if (length > longest) break
    const one = at % 2 === 0 ? part : giveOne(part, values, depth)
    length += one.length
    parts.push(one)
  }
  return parts.join('')
}

function giveOne(written: string, values: Known, depth: number): string {
  const variable = readVariable(written)
  if (!variable) return written
  const { name, isStrict, sign, word } = variable
  if (sign === '=' || sign === '!') return `$${written}`
  const value = values.get(name)
  const inner = () => giveWithin(word, values, depth + 1)
  const isSet = value !== undefined && !(isStrict && value.text === '')
  if (!isSet) return sign === undefined || word === '' ? written : `\${${name}${isStrict ? ':' : ''}${sign}${inner()}}`
  if (sign === '+') return write(name, value, inner())
  return value.isHidden ? `\${${name}:!${nameFile(value)}}` : write(name, value, doubleSigns(value.text))
}

function write(name: string, value: Value, word: string): string {
  return `\${${name}:=${nameFile(value)}:${word}}`
}

/** Neither ends the variable that it stands in. */
function nameFile({ from }: Value): string {
  return from.replace(/[:${}]/g, '_')
}

function doubleSigns(text: string): string {
  return text.replace(/[$}]/g, (sign) => `$${sign}`)
}

/** As a person finds it in the file, but for what was put in. */
export function showVariables(text: string): string {
  return splitAtVariables(text)
    .map((part, at) => {
      const variable = at % 2 === 0 ? undefined : readVariable(part)
      return variable?.sign === '=' || variable?.sign === '!' ? `\${${variable.name}}` : part
    })
    .join('')
}
