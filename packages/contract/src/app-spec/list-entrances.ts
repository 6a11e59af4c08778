import { type HostNames, type PortProtocol, type SortedNames, sortNames } from './entrance.ts'

/** A port of an app with where its traffic comes in. Without names and port nothing leads there. */
export interface Entrance extends SortedNames {
  containerPort: number
  protocol: PortProtocol
  port?: number
}

/** What of an environment's settings says where its traffic comes in. */
interface EntranceSettings {
  engine: 'docker' | 'kubernetes'
  containerPort: number
  protocol?: PortProtocol | undefined
  host?: HostNames | undefined
  port?: number | undefined
  ingress?: { host: HostNames } | undefined
  ports?: PortSettings[] | undefined
}
interface PortSettings extends Pick<Entrance, 'containerPort' | 'protocol'> {
  host?: HostNames | undefined
  port?: number | undefined
}

/** The ways into an environment, that of its main port first. */
export function listEntrances(settings: EntranceSettings): Entrance[] {
  const { containerPort, protocol = 'http', ingress, ports = [] } = settings
  const { host = ingress?.host, port } = settings
  return [{ containerPort, protocol, host, port }, ...ports].map(describeEntrance)
}

function describeEntrance({ containerPort, protocol, host, port }: PortSettings): Entrance {
  return { containerPort, protocol, ...sortNames(host), ...(port === undefined ? {} : { port }) }
}

/**
 * What an environment claims for itself alone: every name, those that send visitors on included, in lower case and without a final dot;
 * on Docker every port of its machines. A name is an environment's wherever it runs, a port per machine.
 */
export function collectNamesAndPorts(settings: EntranceSettings): { names: string[]; ports: number[] } {
  const entrances = listEntrances(settings)
  return {
    names: entrances.flatMap(({ hosts, redirects }) => [...hosts, ...Object.keys(redirects)]),
    ports: settings.engine === 'docker' ? entrances.flatMap(({ port }) => port ?? []) : [],
  }
}

/** What is claimed more than once, in words. */
export function findRepeats({ names, ports }: { names: string[]; ports: number[] }): string[] {
  const claims = [...names, ...ports.map((port) => `port ${port}`)]
  return [...new Set(claims.filter((claim, index) => claims.indexOf(claim) < index))]
}
