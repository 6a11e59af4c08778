import type { OperationName, Operations } from '@stevedore/contract'

type Address<N extends OperationName> = `${Operations[N]['method']} ${Operations[N]['url']}`

/** What the console asks for. The addresses are the contract's to the letter, or this does not compile; its schemas stay at the server. */
export const addresses = {
  getMe: 'GET /v1/me',
  listApps: 'GET /v1/apps',
  getApp: 'GET /v1/apps/:app',
  putApp: 'PUT /v1/apps/:app',
  listSpecVersions: 'GET /v1/apps/:app/spec-versions',
  getSpecVersion: 'GET /v1/apps/:app/spec-versions/:number',
  compareSpecs: 'GET /v1/apps/:app/compare',
  createJob: 'POST /v1/jobs',
  listJobs: 'GET /v1/jobs',
  getJob: 'GET /v1/jobs/:id',
  cancelJob: 'POST /v1/jobs/:id/cancel',
  approveJob: 'POST /v1/jobs/:id/approve',
  rejectJob: 'POST /v1/jobs/:id/reject',
  pauseJob: 'POST /v1/jobs/:id/pause',
  resumeJob: 'POST /v1/jobs/:id/resume',
  promoteJob: 'POST /v1/jobs/:id/promote',
  abortJob: 'POST /v1/jobs/:id/abort',
  retryJob: 'POST /v1/jobs/:id/retry',
  listAllEnvironments: 'GET /v1/environments',
  listEnvironments: 'GET /v1/apps/:app/environments',
  getEnvironment: 'GET /v1/apps/:app/environments/:environment',
  listRevisions: 'GET /v1/apps/:app/environments/:environment/revisions',
  compareRevisions: 'GET /v1/apps/:app/environments/:environment/compare',
  unpinEnvironment: 'POST /v1/apps/:app/environments/:environment/unpin',
  listImages: 'GET /v1/apps/:app/images',
  listDeliveries: 'GET /v1/apps/:app/deliveries',
  redeliver: 'POST /v1/apps/:app/deliveries/:id/redeliver',
  listWorkers: 'GET /v1/workers',
  listUnknownPlaces: 'GET /v1/unknown-places',
  listAudit: 'GET /v1/audit',
  verifyAudit: 'GET /v1/audit/verify',
  getAuditGuard: 'GET /v1/audit/guard',
  listSecrets: 'GET /v1/secrets',
  putSecret: 'PUT /v1/secrets/:name',
  removeSecret: 'DELETE /v1/secrets/:name',
  listTokens: 'GET /v1/tokens',
  createToken: 'POST /v1/tokens',
  revokeToken: 'DELETE /v1/tokens/:id',
  listGrants: 'GET /v1/grants',
  listCertificates: 'GET /v1/certificates',
} as const satisfies { [N in OperationName]?: Address<N> }

export type Asked = keyof typeof addresses
