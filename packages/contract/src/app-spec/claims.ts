import type { DockerEnvironment, EnvironmentSpec, KubernetesEnvironment } from './environment.ts'

/** What only one environment can have on an engine: a port of the machine, a host name that is routed by. */
export interface Claim {
  /** Equal for two that cannot both be had. */
  key: string
  /** `port 8081`, `host name shop.example.com`. */
  name: string
}

/** What an environment takes for itself on each engine that it runs on. */
export function listClaims(settings: EnvironmentSpec): Claim[] {
  return settings.engine === 'docker' ? listOnDocker(settings) : listOnCluster(settings)
}

/** The worker's own engine has no name among the hosts. */
function listOnDocker({ hosts = [''], host, port }: DockerEnvironment): Claim[] {
  const names = [...(port === undefined ? [] : [`port ${port}`]), ...(host === undefined ? [] : [`host name ${host}`])]
  return hosts.flatMap((machine) => names.map((name) => ({ key: `docker ${machine} ${name}`, name })))
}

/** Ingresses of several classes are served by several controllers, each at an address of its own. */
function listOnCluster({ context = '', ingress }: KubernetesEnvironment): Claim[] {
  if (!ingress) return []
  const name = `host name ${ingress.host}`
  return [{ key: `kubernetes ${context} ${ingress.class ?? ''} ${name}`, name }]
}
