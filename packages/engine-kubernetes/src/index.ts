export { createKubernetesDeployEngine } from './deploy-engine.ts'
