import { labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { masterSocket } from './base-config.ts'
import { proxyFolders } from './folders.ts'
import type { ProxySettings } from './settings.ts'

/**
 * The proxy of a host: in the host's network, so that a new port needs no new container. Its master keeps root to bind ports
 * below 1024 (NET_BIND_SERVICE) and to signal its workers (KILL), which run as 99 (SETUID, SETGID).
 */
export function buildProxySpec({ name, image }: ProxySettings): Docker.ContainerCreateOptions & { name: string } {
  return {
    name,
    Image: image,
    User: '0:0',
    Entrypoint: [],
    Cmd: [
      ...['haproxy', '-W', '-db', '-S', `${masterSocket},mode,666`],
      ...['-f', proxyFolders.base, '-f', proxyFolders.places],
    ],
    Labels: { [labelKeys.role]: 'proxy' },
    StopSignal: 'SIGTERM',
    HostConfig: buildHostConfig(name),
  }
}

function buildHostConfig(volume: string): Docker.HostConfig {
  return {
    NetworkMode: 'host',
    Mounts: [{ Type: 'volume', Source: volume, Target: proxyFolders.volume }],
    Tmpfs: { '/run/haproxy': 'rw,nosuid,nodev,noexec,size=1m,mode=755' },
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: ['KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'],
    SecurityOpt: ['no-new-privileges'],
    // `unless-stopped` would leave it down once anybody had sent it a signal through Docker.
    RestartPolicy: { Name: 'always' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
  }
}
