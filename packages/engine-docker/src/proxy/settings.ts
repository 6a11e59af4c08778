export interface ProxyPorts {
  http: number
  https: number
  /** On the host's loopback. */
  admin: number
}

/** What the proxy takes of a client, and how long it waits. */
export interface ProxyLimits {
  /** Of all headers of a request or an answer together. */
  headerBytes: number
  /** How long a request or an answer under way may be silent. */
  silenceSeconds: number
  /** The same of WebSockets, other tunnels and plain TCP. */
  tunnelSeconds: number
}

export interface ProxySettings {
  /** Names the container and the volume; one for each proxy of a host. */
  name: string
  /** HAProxy from 2.6 on, with busybox or its like for `sh`, `nc` that knows `-e`, `timeout`, `mv`, `rm` and `cat`. */
  image: string
  ports: ProxyPorts
  limits: ProxyLimits
  /** Addresses and networks of proxies before this one, whose forwarded headers are believed. */
  trusted: readonly string[]
  /** Those of balancers that begin each connection with a PROXY header. */
  proxyProtocolFrom: readonly string[]
}

export const defaultProxySettings: ProxySettings = {
  name: 'stevedore-proxy',
  image: 'haproxy:3.2-alpine',
  ports: { http: 80, https: 443, admin: 7071 },
  limits: { headerBytes: 65_536, silenceSeconds: 600, tunnelSeconds: 3_600 },
  trusted: [],
  proxyProtocolFrom: [],
}
