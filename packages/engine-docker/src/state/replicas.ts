import { labelKeys, type Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import type { RouteServer } from '../proxy/route.ts'
import { describeSpeech } from '../spec/entrances.ts'
import { placeFilter, readCheck, readFurtherPorts, readName, replicaFilter } from '../spec/labels.ts'

/** A container of a place as Docker lists it. */
export interface ReplicaContainer {
  id: string
  name: string
  revision: number
  part: string
  /** Undefined for web. */
  process: string | undefined
  /** The job that made it. */
  job: string | undefined
  /** Of a companion its name. */
  service: string | undefined
  /** It was told to end, and has not yet ended. */
  leaving: boolean
  /** Docker's word: `created`, `running`, `restarting`, `exited`, … */
  state: string
  /** `Up 2 minutes`, `Exited (3) 1 second ago`. */
  status: string
  settingsHash: string
  image: string
  version: string | undefined
  server: RouteServer
}

/** Replicas of a place that were not told to end, oldest revision and lowest number first. */
export async function listReplicas(host: Host, place: Place, signal: AbortSignal): Promise<ReplicaContainer[]> {
  return (await listAllReplicas(host, place, signal)).filter(({ leaving }) => !leaving)
}

/** With those that were told to end and have not yet ended; of web, or of the process that the place names. */
export function listAllReplicas(host: Host, place: Place, signal: AbortSignal): Promise<ReplicaContainer[]> {
  return listContainers(host, replicaFilter(host.network, place), signal)
}

/** The same of all of a place's processes but web, also of those that its settings no longer name. */
export function listAllOfProcesses(host: Host, place: Place, signal: AbortSignal): Promise<ReplicaContainer[]> {
  return listContainers(host, placeFilter(host.network, place, 'process'), signal)
}

/** A place's companions, also those that its settings no longer name. */
export function listAllOfServices(host: Host, place: Place, signal: AbortSignal): Promise<ReplicaContainer[]> {
  return listContainers(host, placeFilter(host.network, place, 'service'), signal)
}

async function listContainers(
  host: Host,
  filters: { label: string[] },
  signal: AbortSignal,
): Promise<ReplicaContainer[]> {
  const found = await callEngine(
    () => host.docker.listContainers({ all: true, filters, abortSignal: signal }),
    undefined,
    signal,
  )
  return found
    .map((info) => readReplica(info, host.network))
    .toSorted((a, b) => a.revision - b.revision || Number(a.part) - Number(b.part))
}

function readReplica(info: Docker.ContainerInfo, network: string): ReplicaContainer {
  const name = (info.Names[0] ?? '').slice(1)
  const revision = Number(info.Labels[labelKeys.revision])
  const { part, leaving } = readName(name)
  return {
    id: info.Id,
    name,
    revision,
    part,
    process: info.Labels[labelKeys.process],
    job: info.Labels[labelKeys.job],
    service: info.Labels[labelKeys.service],
    leaving,
    state: info.State,
    status: info.Status,
    settingsHash: info.Labels[labelKeys.settingsHash] ?? '',
    image: info.Image,
    version: info.Labels[labelKeys.version],
    server: { name: `r${revision}-${part}`, revision, ...readServer(info, network) },
  }
}

function readServer({ Labels, NetworkSettings }: Docker.ContainerInfo, network: string) {
  const found: Partial<Docker.NetworkInfo> = NetworkSettings.Networks[network] ?? {}
  // The fixed one: Docker shows the other only while the container runs.
  const fixed: { IPv4Address?: string } | undefined = found.IPAMConfig
  const further = readFurtherPorts(Labels[labelKeys.furtherPorts])
  return {
    ...(Object.keys(further).length > 0 ? { further } : {}),
    ...describeSpeech(Labels[labelKeys.protocol]),
    address: fixed?.IPv4Address ?? found.IPAddress ?? '',
    port: Number(Labels[labelKeys.port]),
    check: readCheck(Labels[labelKeys.check]),
  }
}

export function isRunning({ state }: ReplicaContainer): boolean {
  return state === 'running'
}
