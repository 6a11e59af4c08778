import type { StageFacts } from './dockerfile.ts'

/** Names by which people call the stages that they build for themselves; other stages are steps on the way. */
const usual = [
  ['development', 'dev', 'develop'],
  ['testing', 'test', 'tests'],
  ['security'],
  ['production', 'prod', 'release', 'runtime', 'runner', 'final'],
]
const usualNames = new Set(usual.flat())
const finalNames = new Set(usual.at(-1))

export interface ChosenTargets {
  /** What `all` builds; undefined where the last stage has no name, or is the only one. */
  targets: string[] | undefined
  /** What is deployed. */
  stage: StageFacts
  /** Stages that are steps on the way. */
  steps: string[]
}

/** @param wanted the target that a compose file names */
export function chooseTargets(stages: readonly [StageFacts, ...StageFacts[]], wanted?: string): ChosenTargets {
  const last = stages.at(-1) ?? stages[0]
  const named = stages.flatMap(({ name }) => name ?? [])
  const meant = wanted === undefined ? undefined : stages.find(({ name }) => name === wanted.toLowerCase())
  const production = stages.find(({ name }) => name === 'production')
  const stage = meant ?? production ?? findFinal(stages) ?? last
  if (stages.length === 1 || stage.name === undefined) return { targets: undefined, stage, steps: named }
  const targets = named.filter((name) => usualNames.has(name) || name === stage.name)
  return { targets, stage, steps: named.filter((name) => !targets.includes(name)) }
}

/** Where the last stage is one that is for something else (a test, an upload), the one that is called the final one. */
function findFinal(stages: readonly StageFacts[]): StageFacts | undefined {
  const last = stages.at(-1)
  if (last?.name === undefined || finalNames.has(last.name)) return undefined
  return stages.findLast(({ name }) => name !== undefined && finalNames.has(name))
}
