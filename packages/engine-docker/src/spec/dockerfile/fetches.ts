import { FailureError } from '@stevedore/contract'
import {
  declare,
  expandWord,
  findNamed,
  findOddFlags,
  findStage,
  type Given,
  type Instruction,
  listOrigins,
  listStages,
  parseInstructions,
  readGlobals,
  readInstructions,
  readJsonList,
  type Scope,
  type Stage,
  splitPaths,
  valuesOf,
} from '@stevedore/formats'
import { listReadings } from './readings.ts'

/** An image that the builder would ask a registry for. */
export interface ImageFetch {
  image: string
  line: number
}

/** An instruction that adds files of elsewhere, or of which that could not be seen without its variables. */
export interface Addition {
  instruction: Instruction
  /** The sources with their variables filled in. */
  sources: string[]
  target: string
}

export interface StageFetches {
  stage: Stage
  /** Undefined for `scratch` and for one of the stages before. */
  base: ImageFetch | undefined
  /** The FROM with its variables filled in; undefined where it has none. */
  from: Instruction | undefined
  /** The same, also where it has none. */
  told: Instruction
  instructions: Instruction[]
  /** Of COPY --from and RUN --mount. */
  images: ImageFetch[]
}

/**
 * What each stage has the builder fetch. A name that a variable makes is filled in; one that cannot be told is refused.
 * @throws FailureError `address-not-allowed`
 */
export function listFetches(instructions: readonly Instruction[], given: Given): StageFetches[] {
  const globals = readGlobals(instructions, given)
  for (const from of instructions.filter(({ name }) => name === 'FROM')) {
    const odd = findOddFlags(from)
    if (odd) throw refuse(from, `${odd}: write them otherwise`)
  }
  const expanded = instructions.map((one) => (one.name === 'FROM' ? expandFrom(one, globals, given) : one))
  const stages = listStages(expanded)
  const found: StageFetches[] = []
  for (const [index, instruction] of expanded.entries()) {
    const stage = stages[found.length]
    if (
      instruction.name === 'FROM' &&
      stage?.name &&
      findNamed(stages.slice(0, found.length), stage.name) !== undefined
    )
      throw refuse(instruction, `two stages are named ${stage.name}: builders differ in which one is meant`)
    if (instruction.name === 'FROM' && stage)
      found.push(openStage(stage, instructions[index] ?? instruction, instruction, stages.slice(0, found.length)))
    else found.at(-1)?.instructions.push(instruction)
  }
  for (const [index, one] of found.entries()) one.images = listImages(one.instructions, stages.slice(0, index))
  return found
}

function expandFrom(from: Instruction, globals: Scope, { escapeMark }: Given): Instruction {
  const [, image = '', after = ''] = /^(\S*)(.*)$/s.exec(from.rest) ?? []
  const told = expandWord(image, valuesOf(globals), escapeMark)
  if (told === undefined || (image.includes('$') && !isLiteral(told)))
    throw refuse(from, 'what it begins from cannot be told: write it out')
  return { ...from, rest: told + after }
}

function openStage(stage: Stage, written: Instruction, told: Instruction, before: readonly Stage[]): StageFetches {
  const [image = ''] = told.rest.split(/\s+/)
  const isFetched = findNamed(before, image) === undefined && image !== 'scratch' && image !== ''
  return {
    stage,
    base: isFetched ? { image, line: told.line } : undefined,
    from: written.rest === told.rest ? undefined : told,
    told,
    instructions: [],
    images: [],
  }
}

/** The images of COPY --from and RUN --mount that are no stage of these. */
function listImages(instructions: readonly Instruction[], stages: readonly Stage[]): ImageFetch[] {
  return instructions.flatMap((instruction) => {
    const odd = findOddFlags(instruction)
    if (odd) throw refuse(instruction, `${odd}: write them otherwise`)
    const images = listOrigins(instruction.flags).filter((origin) => findStage(stages, origin) === undefined)
    if (images.some((image) => image.includes('$')))
      throw refuse(instruction, 'a variable cannot name what is copied from: give it a FROM, and copy from that stage')
    return images.map((image) => ({ image, line: instruction.line }))
  })
}

/**
 * The additions of a stage that the builder would have to fetch, or whose variables were filled in to see that it need not.
 * @param base the environment that the stage begins with; it is changed to the one that it ends with
 * @throws FailureError `address-not-allowed`
 */
export function listAdditions(stage: StageFetches, scope: Scope, globals: Scope, given: Given): Addition[] {
  const found: Addition[] = []
  for (const instruction of stage.instructions) {
    declare(scope, instruction, given, globals.args)
    const addition = instruction.name === 'ADD' ? readAddition(instruction, scope, given) : undefined
    if (addition) found.push(addition)
  }
  return found
}

function readAddition(instruction: Instruction, scope: Scope, { escapeMark }: Given): Addition | undefined {
  const words = splitPaths(instruction.rest)
  if (isOddList(instruction.rest)) throw refuse(instruction, 'what it adds is no list of texts: write it otherwise')
  const written = words.slice(0, -1)
  const sources = written.map((word) => expandWord(word, valuesOf(scope), escapeMark))
  const told = sources.filter((source) => source !== undefined)
  if (told.length < written.length) throw refuse(instruction, 'what it adds cannot be told: write it out')
  const remote = told.filter(isRemote)
  if (remote.length === 0 && !written.some((word) => word.includes('$'))) return undefined
  if (instruction.onBuild)
    throw refuse(instruction, 'a trigger may not add what lies elsewhere, nor what a variable names')
  if (remote.length > 0 && remote.length < told.length)
    throw refuse(instruction, 'addresses and files of the source need an ADD each')
  if (remote.length === 0 && !told.every(isLiteral))
    throw refuse(instruction, 'what it adds cannot be told: write it out')
  return { instruction, sources: told, target: words.at(-1) ?? '' }
}

/** Builders take a list for one although something follows it. */
function isOddList(rest: string): boolean {
  return rest.startsWith('[') && readJsonList(rest) === undefined && /[:$\\]/.test(rest)
}

/** An address, or git's short form of one. */
export function isRemote(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source)
}

/** The last part of an address's path; undefined where it has none that a Dockerfile could name. */
export function nameOfAddress(address: string): string | undefined {
  const last = new URL(address).pathname.split('/').at(-1) ?? ''
  return /^[\w@+,~=-][\w.@+,~=-]*$/.test(last) ? last : undefined
}

/** Whether a builder takes a text as it stands. */
function isLiteral(text: string): boolean {
  return !/["'`$\\\s]/.test(text)
}

/**
 * Refuses a text of which builders could read otherwise what they fetch: by the escape mark, a doubled one at a line's end, or what they
 * know of here-documents.
 * @throws FailureError `address-not-allowed`
 */
export function refuseAmbiguous(text: string, main: readonly Instruction[]): void {
  const seen = new Set(main.filter(mayFetch).map(keyOf))
  for (const reading of listReadings(text))
    for (const instruction of readInstructions(text, reading)) {
      if (hasOddHeredoc(instruction))
        throw refuse(instruction, 'builders differ in where this here-document ends: name it by a plain word')
      if (mayFetch(instruction) && !seen.has(keyOf(instruction)))
        throw refuse(instruction, 'builders differ in whether this is an instruction: write it otherwise')
    }
}

/** Its last line could be taken for the beginning of the next instruction. A `<<` that no name follows is the shell's. */
function hasOddHeredoc({ name, rest }: Instruction): boolean {
  if (!/^(RUN|COPY|ADD)$/.test(name)) return false
  const named = rest.matchAll(/(?<=^|[\s\\`$}])\d*<<(?!<)-?(?=[^\s-])(.*)/gs)
  return [...named].some(([, after = '']) => !/^(["']?)[A-Za-z_]\w*\1(?=\s|$)/.test(after))
}

/** A line of a script that begins with `from` is no FROM: that has an image, and at most a name beside it. */
function mayFetch(instruction: Instruction): boolean {
  const { name, flags, rest } = instruction
  if (name === 'FROM') return /^\S+(\s+as\s+\S+)?$/i.test(rest)
  return (
    flags.some((flag) => /from/i.test(flag)) ||
    findOddFlags(instruction) !== undefined ||
    (name === 'ADD' && /[:$\\]/.test(rest))
  )
}

function keyOf({ line, name, flagText, rest }: Instruction): string {
  return `${line} ${name} ${flagText} ${rest}`
}

export function refuse({ line, name }: Pick<Instruction, 'line' | 'name'>, why: string): FailureError {
  return new FailureError('address-not-allowed', { diagnosis: `line ${line} of the Dockerfile, ${name}: ${why}` })
}

/** What a base image does to those that begin from it; they may fetch no more than images. */
export function listTriggerFetches(triggers: readonly string[], { image, line }: ImageFetch): ImageFetch[] {
  const instructions = triggers.flatMap((trigger) => parseInstructions(trigger, 'read'))
  const from = { line, name: 'FROM' }
  for (const { name, rest } of instructions) {
    const sources = splitPaths(rest).slice(0, -1)
    if (name === 'ADD' && (isOddList(rest) || sources.some((word) => isRemote(word) || /["'`\\$]/.test(word))))
      throw refuse(from, `${image} would add what lies elsewhere`)
  }
  const images = listImages(instructions, [])
  // It could be a stage of the Dockerfile that nothing else needs, and that was not judged therefore.
  if (images.some((found) => !/[./:]/.test(found.image)))
    throw refuse(from, `${image} would copy from a stage that it does not know`)
  return images.map((found) => ({ ...found, line }))
}
