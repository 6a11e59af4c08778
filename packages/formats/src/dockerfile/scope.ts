import type { Instruction } from './instructions.ts'
import { expandWord, splitWords, type Values } from './words.ts'

/** What the variables of a stage mean, line by line. */
export interface Scope {
  /** Those of ARG; the ones of ENV win over them. */
  args: Map<string, string | undefined>
  env: Map<string, string | undefined>
}

export function valuesOf({ args, env }: Scope): Values {
  return new Map([...args, ...env])
}

/** What is given from outside: build arguments, and what the builder itself adds. */
export interface Given {
  args: Readonly<Record<string, string>>
  /** `TARGETARCH` and its like. */
  platform: Readonly<Record<string, string>>
  escapeMark: string
}

/** The arguments before the first FROM: they hold in every FROM, and in a stage that names one again. */
export function readGlobals(instructions: readonly Instruction[], given: Given): Scope {
  const scope: Scope = { args: new Map(Object.entries(given.platform)), env: new Map() }
  const first = instructions.findIndex(({ name }) => name === 'FROM')
  for (const instruction of instructions.slice(0, first < 0 ? instructions.length : first))
    declare(scope, instruction, given, new Map())
  return scope
}

/** Takes an ARG or ENV into the scope; other instructions change nothing. */
export function declare(scope: Scope, { name, onBuild, rest }: Instruction, given: Given, globals: Values): void {
  if (onBuild) return
  if (name === 'ARG')
    for (const word of splitWords(rest, given.escapeMark)) declareArgument(scope, word, given, globals)
  if (name === 'ENV') for (const [key, value] of readPairs(rest, given.escapeMark)) scope.env.set(key, expand(value))
  function expand(value: string): string | undefined {
    return expandWord(value, valuesOf(scope), given.escapeMark)
  }
}

/** An argument that nobody gives is the preset, else the global one of its name, else the builder's own, else absent. */
function declareArgument(scope: Scope, word: string, given: Given, globals: Values): void {
  const [key = '', preset] = word.split(/=(.*)/s)
  if (Object.hasOwn(given.args, key)) scope.args.set(key, given.args[key])
  else if (preset !== undefined) scope.args.set(key, expandWord(preset, valuesOf(scope), given.escapeMark))
  else if (globals.has(key)) scope.args.set(key, globals.get(key))
  else if (Object.hasOwn(given.platform, key)) scope.args.set(key, given.platform[key])
}

/** `ENV A=1 B=2`, or the old form `ENV A all the rest`. */
function readPairs(rest: string, escapeMark: string): [string, string][] {
  const words = splitWords(rest, escapeMark)
  if (!words[0]?.includes('=')) {
    const [, key, value] = /^(\S+)\s+(.*)$/s.exec(rest) ?? []
    return key && value !== undefined ? [[key, value]] : []
  }
  return words.map((word) => {
    const [key = '', value = ''] = word.split(/=(.*)/s)
    return [key, value]
  })
}
