export { createDockerDeployEngine, type DockerDeployOptions } from './deploy/deploy-engine.ts'
export { type DockerAddress, openDocker } from './docker-client.ts'
export { createDockerImageEngine, type ImageEngineOptions } from './images/image-engine.ts'
export { defaultProxySettings, type ProxySettings } from './proxy/proxy-settings.ts'
