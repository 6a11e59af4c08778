export type { ClusterAccess } from './client/connect.ts'
export { createKubernetesDeployEngine } from './deploy-engine.ts'
