import * as access from './access.ts'
import * as apps from './apps.ts'
import * as audit from './audit.ts'
import * as certificates from './certificates.ts'
import * as checks from './checks.ts'
import * as environments from './environments.ts'
import * as grants from './grants.ts'
import * as images from './images.ts'
import * as jobs from './jobs.ts'
import type { EventStreamShape, Operation } from './operation.ts'
import * as probes from './probes.ts'
import * as webhooks from './webhooks.ts'
import * as workers from './workers.ts'

/** Every operation of the API by its name, in the order in which the documentation lists them. */
export const operations = {
  putApp: apps.putApp,
  putApps: apps.putApps,
  getApp: apps.getApp,
  retireApp: apps.retireApp,
  listApps: apps.listApps,
  listSpecVersions: apps.listSpecVersions,
  getSpecVersion: apps.getSpecVersion,
  compareSpecs: apps.compareSpecs,
  uploadSource: apps.uploadSource,
  createJob: jobs.createJob,
  listJobs: jobs.listJobs,
  getJob: jobs.getJob,
  cancelJob: jobs.cancelJob,
  approveJob: jobs.approveJob,
  rejectJob: jobs.rejectJob,
  pauseJob: jobs.pauseJob,
  resumeJob: jobs.resumeJob,
  promoteJob: jobs.promoteJob,
  abortJob: jobs.abortJob,
  retryJob: jobs.retryJob,
  followEvents: jobs.followEvents,
  followJobEvents: jobs.followJobEvents,
  readJobLog: jobs.readJobLog,
  writeTerminal: jobs.writeTerminal,
  readTerminal: jobs.readTerminal,
  listEnvironments: environments.listEnvironments,
  listAllEnvironments: environments.listAllEnvironments,
  listUnknownPlaces: environments.listUnknownPlaces,
  getEnvironment: environments.getEnvironment,
  listRevisions: environments.listRevisions,
  getRevision: environments.getRevision,
  compareRevisions: environments.compareRevisions,
  readEnvironmentLog: environments.readEnvironmentLog,
  unpinEnvironment: environments.unpinEnvironment,
  runCommand: environments.runCommand,
  execCommand: environments.execCommand,
  listImages: images.listImages,
  listWorkers: workers.listWorkers,
  listChecks: checks.listChecks,
  listAudit: audit.listAudit,
  verifyAudit: audit.verifyAudit,
  getAuditGuard: audit.getAuditGuard,
  putSecret: access.putSecret,
  getSecret: access.getSecret,
  removeSecret: access.removeSecret,
  listSecrets: access.listSecrets,
  putCertificate: certificates.putCertificate,
  getCertificate: certificates.getCertificate,
  removeCertificate: certificates.removeCertificate,
  listCertificates: certificates.listCertificates,
  putGrant: grants.putGrant,
  removeGrant: grants.removeGrant,
  listGrants: grants.listGrants,
  getMe: access.getMe,
  createToken: access.createToken,
  listTokens: access.listTokens,
  revokeToken: access.revokeToken,
  listDeliveries: webhooks.listDeliveries,
  getDelivery: webhooks.getDelivery,
  redeliver: webhooks.redeliver,
  githubWebhook: webhooks.githubWebhook,
  gitlabWebhook: webhooks.gitlabWebhook,
  giteaWebhook: webhooks.giteaWebhook,
  bitbucketWebhook: webhooks.bitbucketWebhook,
  genericWebhook: webhooks.genericWebhook,
  health: probes.health,
  ready: probes.ready,
  metrics: probes.metrics,
} as const satisfies Record<string, Operation>

export type Operations = typeof operations
export type OperationName = keyof Operations
/** Operations that answer with a stream: text, or Server-Sent Events. The others answer with JSON, or nothing. */
export type StreamName = {
  [N in OperationName]: Operations[N]['answers'] extends { 200: string | readonly unknown[] | EventStreamShape }
    ? N
    : never
}[OperationName]
