import { FailureError } from '@stevedore/contract'
import { listOrigins } from './flags.ts'
import type { Instruction } from './instructions.ts'

/** A stage: from one FROM to the next. */
export interface Stage {
  /** In lower case; undefined where the FROM gives none. */
  name: string | undefined
  /** The position of the stage that it begins from, where it begins from one. */
  parent: number | undefined
  /** Positions of the stages that it builds on or copies from. */
  needs: number[]
  /** What the builder counts in `[NAME 2/5]`. */
  steps: number
}

const counted = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR'])

/** Far more than anybody writes. Each is looked for among the others. */
const mostStages = 1_000

/** @throws FailureError `resource-exceeded` for more stages than are read */
export function listStages(instructions: readonly Instruction[]): Stage[] {
  const stages: Stage[] = []
  const origins: string[][] = []
  for (const { name, flags, rest } of instructions) {
    const stage = stages.at(-1)
    if (stages.length > mostStages)
      throw new FailureError('resource-exceeded', { diagnosis: `the Dockerfile has more than ${mostStages} stages` })
    if (name === 'FROM') origins[stages.push(openStage(rest, stages)) - 1] = []
    else if (stage && counted.has(name)) stage.steps += 1
    if (name !== 'FROM') origins.at(-1)?.push(...listOrigins(flags))
  }
  // BuildKit copies from stages that come later as well.
  for (const [index, stage] of stages.entries())
    stage.needs.push(...(origins[index] ?? []).flatMap((origin) => findStage(stages, origin) ?? []))
  return stages
}

/** A base that is pulled is a step of its own; one that is a stage, or `scratch`, is none. */
function openStage(rest: string, before: readonly Stage[]): Stage {
  const [base = '', , name] = rest.split(/\s+/)
  const parent = findNamed(before, base)
  const steps = parent === undefined && base.toLowerCase() !== 'scratch' ? 1 : 0
  return { name: name?.toLowerCase(), parent, needs: parent === undefined ? [] : [parent], steps }
}

/** The position of a stage by its name, or by its number. */
export function findStage(stages: readonly Stage[], target: string): number | undefined {
  const byName = findNamed(stages, target)
  if (byName !== undefined) return byName
  return /^\d+$/.test(target) && Number(target) < stages.length ? Number(target) : undefined
}

/** The position of a stage by its name, as FROM takes it: never by a number. */
export function findNamed(stages: readonly Stage[], name: string): number | undefined {
  const meant = name.toLowerCase()
  const found = stages.findIndex((stage) => stage.name === meant)
  return found < 0 ? undefined : found
}

/** The positions of a target and of all stages that it needs. */
export function listNeeded(stages: readonly Stage[], target: number): Set<number> {
  const needed = new Set<number>()
  const visit = (position: number): void => {
    if (needed.has(position)) return
    needed.add(position)
    for (const need of stages[position]?.needs ?? []) visit(need)
  }
  visit(target)
  return needed
}

/** How many steps the builder takes for a target: its own and those of all stages that it needs. */
export function countSteps(stages: readonly Stage[], target: number): number {
  return [...listNeeded(stages, target)].reduce((sum, position) => sum + (stages[position]?.steps ?? 0), 0)
}
