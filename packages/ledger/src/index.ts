export { listSecrets, putSecret, readSecrets, removeSecret, type SecretRecord } from './access/secrets.ts'
export {
  authenticate,
  createFirstToken,
  createToken,
  listTokens,
  revokeToken,
  type TokenRecord,
} from './access/tokens.ts'
export { activateRevision } from './activate-revision.ts'
export { type AppRecord, getApp, getSpecVersion, listApps, putApp, retireApp } from './apps.ts'
export type { By } from './audit/append-audit.ts'
export { listAudit } from './audit/list-audit.ts'
export { verifyAudit } from './audit/verify-audit.ts'
export { claimJob, clearControl, renewLease } from './claim-job.ts'
export { readClock } from './clock.ts'
export { controlJob } from './control-job.ts'
export { completeDelivery, forgetDelivery, recordDelivery } from './deliveries.ts'
export { enqueueJob } from './enqueue-job.ts'
export {
  type EnvironmentRecord,
  findColdColours,
  getEnvironment,
  listEnvironments,
  recordObservation,
  takeWarm,
  unpinEnvironment,
} from './environments.ts'
export { appendEvents, listEvents } from './events.ts'
export { checkFence, StaleFenceError } from './fence.ts'
export { findReplay } from './find-replay.ts'
export { forgetImage, type ImageRecord, listImages, listRemovableImages, recordImage, recordPush } from './images.ts'
export type { Job, NewJob } from './job.ts'
export { type Ledger, openLedger } from './ledger.ts'
export { isLedgerAway } from './ledger-away.ts'
export { getJob, getPlaceInLine, listJobs } from './list-jobs.ts'
export type { Channel } from './listener.ts'
export { appendLog, LOG_LIMIT_BYTES, readLog } from './log.ts'
export {
  appendWatchedLines,
  closeLogWatch,
  endLogWatch,
  type LogWatch,
  openLogWatch,
  readLogWatch,
  takeLogWatch,
} from './log-watches.ts'
export { checkLedger, migrateLedger } from './migrate.ts'
export { type OutboxRow, relayOutbox, resendUnclaimed } from './outbox.ts'
export { pruneLedger } from './prune.ts'
export { pruneRevisions } from './prune-revisions.ts'
export { recordRemoval } from './record-removal.ts'
export { retryJob } from './retry-job.ts'
export { createRevision, failRevision, findDeployed, getRevision, listRevisions, type Revision } from './revisions.ts'
export { type Attempt, beginStep, endStep, listAttempts, listSteps, recordProgress, type Step } from './steps.ts'
export { findDueJobs, findLostJobs, nextDueInMs, readQueueAges } from './timers.ts'
export type { Transition } from './transition.ts'
export { transitionJob } from './transition-job.ts'
export { openUpload, saveUpload } from './uploads.ts'
