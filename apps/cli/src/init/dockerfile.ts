import { FailureError } from '@stevedore/contract'
import {
  declare,
  expandWord,
  type Given,
  type Instruction,
  listStages,
  parseInstructions,
  readEscapeMark,
  readGlobals,
  readJsonList,
  type Scope,
  type Stage,
  splitPaths,
  splitWords,
  valuesOf,
} from '@stevedore/formats'
import { CliError, exitStatus } from '../exit.ts'

export interface ExposedPort {
  port: number
  protocol: 'tcp' | 'udp'
}

/** What a stage of a Dockerfile says of the image that it makes; what its base image says is not known. */
export interface StageFacts {
  /** In lower case; undefined where the FROM gives none. */
  name: string | undefined
  user: string | undefined
  ports: ExposedPort[]
  /** `ENV PORT=3000` */
  portVariable: string | undefined
  volumes: string[]
  /** Its command: words, or a line for a shell. `none` where it says that there is no check. */
  health: string[] | string | 'none' | undefined
  hasEntrypoint: boolean
  hasCommand: boolean
}

const mostEntries = 100

/**
 * The stages of a Dockerfile, each with what it takes on from the stage that it begins from. Of arguments the defaults count.
 * @throws CliError where it has no stage, or more than are read
 */
export function readStages(text: string, name: string): [StageFacts, ...StageFacts[]] {
  const given: Given = { args: {}, platform: {}, escapeMark: readEscapeMark(text) }
  const written = parseInstructions(text, 'skip')
  const globals = readGlobals(written, given)
  const instructions = written.map((one) => (one.name === 'FROM' ? expandFrom(one, globals, given) : one))
  const stages = tryListStages(instructions, name)
  const found: { facts: StageFacts; scope: Scope }[] = []
  for (const instruction of instructions) {
    const open = found.at(-1)
    if (instruction.name === 'FROM') found.push(openStage(stages[found.length], found))
    else if (open && !instruction.onBuild) readInstruction(instruction, open, { globals, given })
  }
  const [first, ...rest] = found.map(({ facts, scope }) => ({ ...facts, portVariable: scope.env.get('PORT') }))
  if (first) return [first, ...rest]
  throw new CliError(exitStatus.usage, `${name}: has no FROM, so it is no Dockerfile`)
}

function tryListStages(instructions: Instruction[], name: string): Stage[] {
  try {
    return listStages(instructions)
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    throw new CliError(exitStatus.usage, `${name}: ${error.diagnosis}`)
  }
}

function expandFrom(from: Instruction, globals: Scope, { escapeMark }: Given): Instruction {
  const [, image = '', after = ''] = /^(\S*)(.*)$/s.exec(from.rest) ?? []
  // An image that cannot be told is none of these stages.
  return { ...from, rest: (expandWord(image, valuesOf(globals), escapeMark) || '?') + after }
}

function openStage(stage: Stage | undefined, before: readonly { facts: StageFacts; scope: Scope }[]) {
  const parent = stage?.parent === undefined ? undefined : before[stage.parent]
  const scope: Scope = { args: new Map(), env: new Map(parent?.scope.env) }
  return { facts: { ...(parent?.facts ?? blank), name: stage?.name }, scope }
}

const blank: Omit<StageFacts, 'name'> = {
  user: undefined,
  ports: [],
  portVariable: undefined,
  volumes: [],
  health: undefined,
  hasEntrypoint: false,
  hasCommand: false,
}

function readInstruction(
  instruction: Instruction,
  { facts, scope }: { facts: StageFacts; scope: Scope },
  { globals, given }: { globals: Scope; given: Given },
): void {
  const { name, rest } = instruction
  const expand = (word: string) => expandWord(word, valuesOf(scope), given.escapeMark)
  declare(scope, instruction, given, globals.args)
  if (name === 'USER') facts.user = expand(rest)
  if (name === 'CMD') facts.hasCommand = !isEmptyList(rest)
  if (name === 'ENTRYPOINT') facts.hasEntrypoint = !isEmptyList(rest)
  if (name === 'HEALTHCHECK') facts.health = readHealth(rest, expand)
  if (name === 'EXPOSE')
    facts.ports = addNew(facts.ports, splitWords(rest, given.escapeMark).map(expand).flatMap(readPorts))
  if (name === 'VOLUME') facts.volumes = addNew(facts.volumes, splitPaths(rest).map(expand).filter(isTold))
}

function isEmptyList(rest: string): boolean {
  return readJsonList(rest)?.length === 0
}

function isTold(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

function addNew<T>(known: T[], more: T[]): T[] {
  const all = new Map([...known, ...more].map((one) => [JSON.stringify(one), one]))
  return [...all.values()].slice(0, mostEntries)
}

/** `3000`, `53/udp`, `8000-8010/tcp`; of a range each. */
function readPorts(text: string | undefined): ExposedPort[] {
  const [, from, to = from, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(text ?? '') ?? []
  const [first, last] = [Number(from), Number(to)]
  if (from === undefined || first < 1 || last > 65_535 || first > last) return []
  const count = Math.min(last - first + 1, mostEntries)
  const kind = protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp'
  return Array.from({ length: count }, (_, index) => ({ port: first + index, protocol: kind }))
}

function readHealth(rest: string, expand: (word: string) => string | undefined): StageFacts['health'] {
  if (/^none$/i.test(rest)) return 'none'
  const [, command = ''] = /^cmd\s+(.*)$/is.exec(rest) ?? []
  const words = readJsonList(command)
  return words ?? expandLine(command, expand)
}

/** A line for a shell: builders leave its variables to it, and those that the stage sets have the same values there. */
function expandLine(line: string, expand: (word: string) => string | undefined): string {
  return line.replace(/\$\{?[A-Za-z_]\w*\}?/g, (variable) => expand(variable) ?? variable)
}
