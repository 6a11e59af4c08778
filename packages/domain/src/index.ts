export { compareRevisions } from './compare-revisions.ts'
export { compareSettings } from './compare-settings.ts'
export { findRestartFault, findScaleFaults } from './find-scale-faults.ts'
export { type Found, isDatabaseTooOld, judgeScan } from './judge-scan.ts'
export { chooseNext, enterLine, type LineMember } from './line.ts'
export { listLinking, noteLinks } from './note-links.ts'
export {
  type DeliveredDeploy,
  explainOvertaking,
  findOvertaken,
  findOvertaker,
} from './overtaking.ts'
export { type Counts, decideRetry, type RetryDecision } from './retry.ts'
export { chooseRollbackTarget, type RevisionFacts } from './rollback-target.ts'
export { nameAction } from './rollout/action.ts'
export { findUnknown } from './rollout/find-unknown.ts'
export { judgeRun, judgeSample } from './rollout/judge.ts'
export { noteRollout, noteScale } from './rollout/notes.ts'
export { pickStrategy } from './rollout/pick-strategy.ts'
export { planAbort, planRollout } from './rollout/plan.ts'
export { type Due, findOverlap, judgeDue } from './schedules/judge-due.ts'
export { findNextTime } from './schedules/times.ts'
export { listDifferences, nameServiceUpdate, noteDifference, noteServices } from './service-changes.ts'
export { isLegalTransition, transitions } from './transitions.ts'
export { decideVerb, findUnheeded, type VerbEffect } from './verbs.ts'
export { deriveVersion } from './version.ts'
