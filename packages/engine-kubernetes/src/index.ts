export type { ClusterAccess } from './client/connect.ts'
export { createKubernetesDeployEngine } from './engine.ts'
