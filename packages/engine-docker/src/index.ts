export { type DockerAddress, openDocker } from './client/docker.ts'
export { createDockerDeployEngine, type DockerDeployOptions } from './deploy-engine.ts'
export { createDockerImageEngine, type ImageEngineOptions } from './image-engine.ts'
export { defaultProxySettings, type ProxySettings } from './proxy/settings.ts'
