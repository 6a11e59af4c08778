export { openDocker } from './client/docker.ts'
export { createDockerDeployEngine } from './deploy-engine.ts'

export { createDockerImageEngine } from './image-engine.ts'
export { defaultProxySettings, type ProxySettings } from './proxy/settings.ts'
