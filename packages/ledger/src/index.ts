export {
  type CertificateRecord,
  listCertificates,
  type NewCertificate,
  type OpenedCertificate,
  openCertificates,
  putCertificate,
  recordRefusal,
  removeCertificate,
} from './access/certificates.ts'
export { findCredential, type StoredCredential } from './access/credential-hosts.ts'
export {
  type Denied,
  findForeign,
  type Grant,
  listForeignRepositories,
  listGrants,
  putGrant,
  type Repository,
  removeGrant,
} from './access/grants.ts'
export { type KnownTokens, openKnownTokens } from './access/known-tokens.ts'
export { putSecret } from './access/put-secret.ts'
export { mayScrape, openScrapers, type Scrapers } from './access/scrapers.ts'
export { findSealedApart, type SealedApart } from './access/sealed-apart.ts'
export {
  findChangedSecrets,
  listGivenSecrets,
  openSecrets,
  openSecretValues,
  pinSecrets,
} from './access/secret-versions.ts'
export { listSecrets, readSecrets, removeSecret, type SecretRecord } from './access/secrets.ts'
export { beginSession, endSession, identify, type Proof } from './access/sessions.ts'
export { signText } from './access/sign-text.ts'
export {
  authenticate,
  createFirstToken,
  createToken,
  listTokens,
  revokeToken,
  type TokenRecord,
} from './access/tokens.ts'
export { listVouchedHosts, vouchForRegistry } from './access/vouched-hosts.ts'
export { type Declared, getApp, listApps, putApp, putApps } from './apps/apps.ts'
export { retireApp } from './apps/retire-app.ts'
export type { AppRecord } from './apps/select-app.ts'
export { getDeclaration, getSpecVersion, listSpecVersions, type SpecVersion } from './apps/spec-versions.ts'
export { openUpload, saveUpload } from './apps/uploads.ts'
export {
  type Checkpoint,
  type CheckpointKey,
  type Head,
  openCheckpointKey,
  parseCheckpoint,
  writeCheckpoint,
} from './audit/checkpoint.ts'
export { knowsAny } from './audit/knows-any.ts'
export { listAudit } from './audit/list-audit.ts'
export { readTrailRights } from './audit/trail-rights.ts'
export { verifyAudit } from './audit/verify-audit.ts'
export { BackupError } from './backup/backup-error.ts'
export { loadBackup } from './backup/load-backup.ts'
export { type Manifest, manifestName } from './backup/manifest.ts'
export { markMasterKey } from './backup/mark-master-key.ts'
export { readBackup } from './backup/read-backup.ts'
export { readBackupAge, recordBackup, recordRestore } from './backup/record-backup.ts'
export { type Backup, writeBackup } from './backup/write-backup.ts'
export { activateRevision } from './environments/activate-revision.ts'
export { adoptRevision, beginAnew } from './environments/adopt-revision.ts'
export {
  activateService,
  createService,
  failService,
  getService,
  listServices,
  type ServiceRecord,
} from './environments/companions.ts'
export { type DeployFigures, readDeployFigures } from './environments/deploy-figures.ts'
export {
  type EnvironmentRecord,
  findColdColours,
  getEnvironment,
  listEnvironments,
  recordObservation,
  takeWarm,
  unpinEnvironment,
} from './environments/environments.ts'
export { recordRemoval, recordSweep } from './environments/record-removal.ts'
export {
  createRevision,
  failRevision,
  findDeployed,
  getRevision,
  listGiven,
  listRevisions,
  listRunning,
  type Revision,
  scaleRevision,
} from './environments/revisions.ts'
export { listUnknownPlaces, recordUnknownPlaces } from './environments/unknown-places.ts'
export type { By } from './foundation/append-audit.ts'
export type { Channel } from './foundation/channels.ts'
export { readClock } from './foundation/clock.ts'
export { type DatabaseState, readDatabaseState } from './foundation/database-state.ts'
export { InDoubtError, LateError, openDeadline, underDeadline } from './foundation/deadline.ts'
export { type Ledger, openLedger } from './foundation/ledger.ts'
export { isLedgerAway } from './foundation/ledger-away.ts'
export { checkLedger, mayMigrate, migrateLedger } from './foundation/migrate.ts'
export type { DeliveryContent } from './foundation/schema/webhooks.ts'
export { grantService, ServiceRoleError } from './foundation/service-role.ts'
export { shareAnswer } from './foundation/share-answer.ts'
export { forgetImage, type ImageRecord, listImages, recordImage, recordPush } from './images/images.ts'
export { listRemovableImages } from './images/removable-images.ts'
export type { Approval } from './jobs/approval.ts'
export { claimJob, clearControl } from './jobs/claim-job.ts'
export { controlJob } from './jobs/control-job.ts'
export { enqueueJob, findReplay, OutdatedError } from './jobs/enqueue-job.ts'
export {
  advanceFeed,
  type FeedEvent,
  type FeedState,
  findFeedEnd,
  isWriting,
  listEventWriters,
  readFeed,
} from './jobs/event-feed.ts'
export { appendEvents, listEvents } from './jobs/events.ts'
export { checkFence, StaleFenceError } from './jobs/fence.ts'
export { imageOf, type Job, type NewJob } from './jobs/job.ts'
export { type HeldLease, type LeaseKeeper, openLeaseKeeper } from './jobs/lease-keeper.ts'
export { findJobsByPrefix, findLastFailure, getJob, listAttentionNeeds, listJobs } from './jobs/list-jobs.ts'
export { type OutboxRow, readOutboxAge, relayOutbox, resendUnclaimed } from './jobs/outbox.ts'
export { type LeaseHolder, renewLease } from './jobs/renew-lease.ts'
export { retryJob } from './jobs/retry-job.ts'
export { type Attempt, beginStep, endStep, listAttempts, listSteps, recordProgress, type Step } from './jobs/steps.ts'
export {
  findDueJobs,
  findLostJobs,
  hastenJobs,
  type JobInUpkeep,
  readApprovals,
  readQueueAges,
} from './jobs/timers.ts'
export type { Transition } from './jobs/transition.ts'
export { succeedJob, transitionJob } from './jobs/transition-job.ts'
export { getPlaceInLine } from './line/line.ts'
export { type ArrivedPush, listEarlierPushes, takePlaceBefore } from './line/push-place.ts'
export { findTail } from './logs/find-tail.ts'
export { appendLog, readLog } from './logs/job-log.ts'
export {
  appendWatchedLines,
  closeLogWatch,
  endLogWatch,
  type LogWatch,
  openLogWatch,
  readLogWatch,
  takeLogWatch,
} from './logs/log-watches.ts'
export { pruneLedger } from './retention/prune.ts'
export { pruneJobs } from './retention/prune-jobs.ts'
export { pruneRevisions } from './retention/prune-revisions.ts'
export { type DueSchedule, findDueSchedules } from './schedules/find-due.ts'
export { listSchedules, type ScheduleRecord } from './schedules/list-schedules.ts'
export { recordTime, type ScheduleTurn } from './schedules/record-time.ts'
export {
  countUnseen,
  endTerminal,
  readTerminal,
  showTerminal,
  takeTerminal,
  terminalWantedMs,
  writeTerminal,
} from './terminals/terminal.ts'
export { bindWebhookSecret } from './webhooks/bindings.ts'
export { completeDelivery, type NewDelivery, recordDelivery, reopenDelivery } from './webhooks/deliveries.ts'
export { type Delivery, getDelivery, listDeliveries } from './webhooks/list-deliveries.ts'
export {
  type Absence,
  forgetWorker,
  type KnownWorker,
  listKnownWorkers,
  listWorkers,
  reportWorker,
  type WorkerRecord,
} from './workers/workers.ts'
