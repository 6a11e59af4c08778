import { InvalidArgumentError } from 'commander'

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number.')
  return Number(text)
}

export function parsePort(text: string): number {
  const port = parseWholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('Ports end at 65535.')
  return port
}

/** Values between commas, each one of a list. */
export function parseChoices<T extends string>(choices: readonly T[]): (text: string) => T[] {
  return (text) => {
    const values = text.split(',').map((value) => value.trim())
    const unknown = values.find((value) => !(choices as readonly string[]).includes(value))
    if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is not one of ${choices.join(', ')}.`)
    return values as T[]
  }
}
