import type { OperationName, Operations } from '@stevedore/contract'
import type { AnyRoute, Route } from './route.ts'
import { getAppRoute } from './routes/apps/get.ts'
import { listAppsRoute } from './routes/apps/list.ts'
import { putAppRoute } from './routes/apps/put.ts'
import { putAppsRoute } from './routes/apps/put-several.ts'
import { retireAppRoute } from './routes/apps/retire.ts'
import { compareSpecsRoute, getSpecVersionRoute, listSpecVersionsRoute } from './routes/apps/spec-versions.ts'
import { uploadRoute } from './routes/apps/upload.ts'
import { getAuditGuardRoute } from './routes/audit/guard.ts'
import { listAuditRoute } from './routes/audit/list.ts'
import { verifyAuditRoute } from './routes/audit/verify.ts'
import { getCertificateRoute, listCertificatesRoute } from './routes/certificates/list.ts'
import { putCertificateRoute } from './routes/certificates/put.ts'
import { removeCertificateRoute } from './routes/certificates/remove.ts'
import { listChecksRoute } from './routes/checks/list.ts'
import { getDeliveryRoute, listDeliveriesRoute, redeliverRoute } from './routes/deliveries.ts'
import { execCommandRoute } from './routes/environments/exec.ts'
import { getEnvironmentRoute } from './routes/environments/get.ts'
import { listAllEnvironmentsRoute, listEnvironmentsRoute } from './routes/environments/list.ts'
import { environmentLogsRoute } from './routes/environments/logs.ts'
import { compareRevisionsRoute, getRevisionRoute, listRevisionsRoute } from './routes/environments/revisions.ts'
import { runCommandRoute } from './routes/environments/run.ts'
import { listUnknownPlacesRoute } from './routes/environments/unknown.ts'
import { unpinRoute } from './routes/environments/unpin.ts'
import { listGrantsRoute } from './routes/grants/list.ts'
import { putGrantRoute } from './routes/grants/put.ts'
import { removeGrantRoute } from './routes/grants/remove.ts'
import { listImagesRoute } from './routes/images/list.ts'
import { allEventsRoute } from './routes/jobs/all-events.ts'
import { controlRoutes } from './routes/jobs/control.ts'
import { createJobRoute } from './routes/jobs/create.ts'
import { jobEventsRoute } from './routes/jobs/events.ts'
import { getJobRoute } from './routes/jobs/get.ts'
import { listJobsRoute } from './routes/jobs/list.ts'
import { jobLogsRoute } from './routes/jobs/logs.ts'
import { retryJobRoute } from './routes/jobs/retry.ts'
import { readTerminalRoute, writeTerminalRoute } from './routes/jobs/terminal.ts'
import { healthRoute } from './routes/probes/health.ts'
import { metricsRoute } from './routes/probes/metrics.ts'
import { readyRoute } from './routes/probes/ready.ts'
import { getSecretRoute } from './routes/secrets/get.ts'
import { listSecretsRoute } from './routes/secrets/list.ts'
import { putSecretRoute } from './routes/secrets/put.ts'
import { removeSecretRoute } from './routes/secrets/remove.ts'
import { createTokenRoute } from './routes/tokens/create.ts'
import { listTokensRoute } from './routes/tokens/list.ts'
import { getMeRoute } from './routes/tokens/me.ts'
import { revokeTokenRoute } from './routes/tokens/revoke.ts'
import { listWorkersRoute } from './routes/workers/list.ts'
import { webhookRoutes } from './webhooks/receive.ts'

/** What answers each operation of the contract: one that nothing answers does not compile. */
const routes: { [N in OperationName]: Route<Operations[N]> } = {
  putApp: putAppRoute,
  putApps: putAppsRoute,
  getApp: getAppRoute,
  retireApp: retireAppRoute,
  listApps: listAppsRoute,
  listSpecVersions: listSpecVersionsRoute,
  getSpecVersion: getSpecVersionRoute,
  compareSpecs: compareSpecsRoute,
  uploadSource: uploadRoute,
  createJob: createJobRoute,
  listJobs: listJobsRoute,
  getJob: getJobRoute,
  ...controlRoutes,
  retryJob: retryJobRoute,
  followEvents: allEventsRoute,
  followJobEvents: jobEventsRoute,
  readJobLog: jobLogsRoute,
  writeTerminal: writeTerminalRoute,
  readTerminal: readTerminalRoute,
  listEnvironments: listEnvironmentsRoute,
  listAllEnvironments: listAllEnvironmentsRoute,
  listUnknownPlaces: listUnknownPlacesRoute,
  getEnvironment: getEnvironmentRoute,
  listRevisions: listRevisionsRoute,
  getRevision: getRevisionRoute,
  compareRevisions: compareRevisionsRoute,
  readEnvironmentLog: environmentLogsRoute,
  unpinEnvironment: unpinRoute,
  runCommand: runCommandRoute,
  execCommand: execCommandRoute,
  listImages: listImagesRoute,
  listWorkers: listWorkersRoute,
  listChecks: listChecksRoute,
  listAudit: listAuditRoute,
  verifyAudit: verifyAuditRoute,
  getAuditGuard: getAuditGuardRoute,
  putSecret: putSecretRoute,
  getSecret: getSecretRoute,
  removeSecret: removeSecretRoute,
  listSecrets: listSecretsRoute,
  putCertificate: putCertificateRoute,
  getCertificate: getCertificateRoute,
  removeCertificate: removeCertificateRoute,
  listCertificates: listCertificatesRoute,
  putGrant: putGrantRoute,
  removeGrant: removeGrantRoute,
  listGrants: listGrantsRoute,
  getMe: getMeRoute,
  createToken: createTokenRoute,
  listTokens: listTokensRoute,
  revokeToken: revokeTokenRoute,
  listDeliveries: listDeliveriesRoute,
  getDelivery: getDeliveryRoute,
  redeliver: redeliverRoute,
  ...webhookRoutes,
  health: healthRoute,
  ready: readyRoute,
  metrics: metricsRoute,
}

/** Every operation of the API: what is served, documented and tested is this. */
export const routeTable: readonly AnyRoute[] = Object.entries(routes).map(([name, route]) => ({ name, ...route }))
