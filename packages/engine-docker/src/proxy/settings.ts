import type Docker from 'dockerode'
import type { ProxyAdmin } from './admin.ts'
import type { ProxyPorts } from './base-config.ts'

export interface ProxySettings {
  /** Names the container and the volume; one for each proxy of a host. */
  name: string
  /** HAProxy from 2.6 on, with busybox or its like for `nc`, `mv`, `rm`, `ls` and `cat`. */
  image: string
  ports: ProxyPorts
}

export const defaultProxySettings: ProxySettings = {
  name: 'stevedore-proxy',
  image: 'haproxy:3.2-alpine',
  ports: { http: 80, https: 443, admin: 7071 },
}

/** What the pieces of one proxy share. */
export interface ProxyParts {
  docker: Docker
  settings: ProxySettings
  container: Docker.Container
  admin: ProxyAdmin
}
