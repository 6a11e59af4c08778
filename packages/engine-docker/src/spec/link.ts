import { type Linked, linkPort, nameLinked } from '@stevedore/contract'
import { labelKeys, type Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { nameSocket } from '../proxy/socket-names.ts'
import { placeLabels } from './labels.ts'

/** `stevedore.shop.production_to_billing` in the network `stevedore`: an environment has one link of a name. */
function nameLinkContainer(
  network: string,
  { app, environment }: Pick<Place, 'app' | 'environment'>,
  to: Linked,
): string {
  return `${network}.${app}.${environment}_to_${to.app}`
}

interface LinkOptions {
  network: string
  /** The environment's own, by its id. */
  ownNetwork: string
  /** The proxy's: it has what is needed, and is there. */
  image: string
  /** Where the engine keeps the proxy's sockets. */
  folder: string
}

const socketFolder = '/links'

/**
 * What stands in an environment's own network under the name of another app: it hands each connection to the proxy, by the socket that the
 * other app's side keeps open for this environment. Nothing else of either network is within its reach, and what it leads to is none of its affair.
 */
export function buildLinkSpec(
  place: Place,
  to: Linked,
  { network, ownNetwork, image, folder }: LinkOptions,
): Docker.ContainerCreateOptions & { name: string } {
  return {
    name: nameLinkContainer(network, place, to),
    Image: image,
    User: '99:99',
    Entrypoint: ['sh', '-c', 'printf %s "$CONFIG" > /tmp/link.cfg && exec haproxy -db -f /tmp/link.cfg'],
    Cmd: [],
    Env: [`CONFIG=${renderLink(nameSocket(to, nameLinked(place)))}`],
    Labels: { ...placeLabels(network, place, 'link'), [labelKeys.link]: nameLinked(to) },
    // It ends at once: what is under way goes with what asked.
    StopSignal: 'SIGTERM',
    StopTimeout: 1,
    HostConfig: {
      NetworkMode: ownNetwork,
      Mounts: [{ Type: 'bind', Source: folder, Target: socketFolder, ReadOnly: true }],
      Tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=1m,mode=1777' },
      Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 256 * 2 ** 20,
      // Twice its connections: it raises no limit by itself that it may not.
      Ulimits: [{ Name: 'nofile', Soft: 16_384, Hard: 16_384 }],
      PidsLimit: 32,
      RestartPolicy: { Name: 'always' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    },
    NetworkingConfig: { EndpointsConfig: { [ownNetwork]: { Aliases: [to.app] } } },
  }
}

/** It waits for as long as both sides do: it is the proxy that knows how long a request may be silent. */
function renderLink(socket: string): string {
  return `global
  log stdout format raw local0 notice
  maxconn 4000
defaults
  mode tcp
  log global
  option dontlognull
  retries 3
  timeout connect 5s
  timeout client 24h
  timeout server 24h
frontend in
  bind :${linkPort}
  default_backend out
backend out
  server proxy unix@${socketFolder}/${socket} send-proxy-v2
`
}
