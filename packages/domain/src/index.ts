export { chooseNext, type LineMember, type LinePlace, placeInLine } from './line.ts'
export {
  findEnvironment,
  type ImageFacts,
  resolveBuild,
  resolveDeploy,
  resolvePush,
  resolveRollback,
} from './resolve-request.ts'
export { decideRetry, type RetryDecision } from './retry.ts'
export { chooseRollbackTarget, type RevisionFacts, type RollbackTarget } from './rollback-target.ts'
export { nameAction, type RolloutAction } from './rollout/action.ts'
export { judgeRun, judgeSample, type Sample, type Verdict } from './rollout/judge.ts'
export { planAbort, planRollout, type RolloutInput, type RolloutTraits } from './rollout/plan.ts'
export { isLegalTransition, transitions } from './transitions.ts'
export { decideVerb, type VerbEffect } from './verbs.ts'
