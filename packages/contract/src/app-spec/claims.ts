import type { DockerEnvironment, EnvironmentSpec, KubernetesEnvironment } from './environment.ts'
import { collectNamesAndPorts } from './list-entrances.ts'

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
function listOnDocker(settings: DockerEnvironment): Claim[] {
  const { names, ports } = collectNamesAndPorts(settings)
  const taken = [...ports.map((port) => `port ${port}`), ...names.map((name) => `host name ${name}`)]
  return (settings.hosts ?? ['']).flatMap((machine) =>
    taken.map((name) => ({ key: `docker ${machine} ${name}`, name })),
  )
}

/** Ingresses of several classes are served by several controllers, each at an address of its own. */
function listOnCluster(settings: KubernetesEnvironment): Claim[] {
  const { context = '', ingress } = settings
  return collectNamesAndPorts(settings).names.map((host) => {
    const name = `host name ${host}`
    return { key: `kubernetes ${context} ${ingress?.class ?? ''} ${name}`, name }
  })
}
