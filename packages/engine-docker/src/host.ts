import type Docker from 'dockerode'
import { type HostProxy, openProxy } from './proxy/proxy.ts'
import type { ProxySettings } from './proxy/settings.ts'

/** One Docker engine and what Stevedore keeps on it. */
export interface Host {
  /** As environments name it; undefined for the worker's own, which needs no name. */
  name: string | undefined
  docker: Docker
  proxy: HostProxy
  proxySettings: ProxySettings
  /** A bridge on which replicas can be reached from the host and not by each other. */
  network: string
}

export function openHost(
  name: string | undefined,
  docker: Docker,
  network: string,
  proxySettings: ProxySettings,
): Host {
  return { name, docker, network, proxySettings, proxy: openProxy(docker, proxySettings) }
}
