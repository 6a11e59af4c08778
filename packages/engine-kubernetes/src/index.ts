export type { ClusterAccess } from './cluster/connect.ts'
export { createKubernetesDeployEngine } from './engine.ts'
