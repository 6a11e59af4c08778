/**
 * The entry point for what must be there at once, as the help of the command line: the lists and small rules that no schema is needed
 * for. Nothing here may load zod, which takes longer than all the rest.
 */
export { everyApp, type ResourceKind, resourceKinds } from './app-spec/resource-kinds.ts'
export { type StrategyType, strategyTypes } from './app-spec/strategy-types.ts'
export {
  type ControlVerb,
  controlVerbs,
  isFinal,
  type JobKind,
  jobKinds,
  jobStates,
  waitReasons,
} from './jobs/job.ts'
export { describeCounts } from './jobs/severities.ts'
export { type Role, roles } from './roles.ts'
export { durationMs } from './values/duration-ms.ts'
