import { stopMs } from '@stevedore/contract'
import {
  type Command,
  type CommandEnd,
  labelKeys,
  type Place,
  type Release,
  requireKnownUser,
  type WorkContext,
} from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import { pullImage } from '../client/images.ts'
import { findExcess } from '../failure/excess.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { buildContainerSpec } from '../spec/container.ts'
import { placeFilter } from '../spec/labels.ts'
import { bringFiles } from './bring-files.ts'
import { endContainer, removeContainer } from './containers.ts'
import { ensureNetwork } from './ensure-network.ts'
import { ensureVolumes } from './ensure-volumes.ts'
import { followToEnd } from './follow-to-end.ts'
import { joinOwnNetwork } from './join-network.ts'

/** Begins a command in a container of its own, which stays until it is removed: it is the record that it was begun. */
export async function startCommand(
  host: Host,
  release: Release,
  { words }: Pick<Command, 'words'>,
  context: WorkContext,
): Promise<void> {
  const [found] = await listCommands(host, release, context.jobId)
  // A worker that was lost just before the start has left it so.
  if (found) return found.State === 'created' ? startCreated(host, release, found.Id, context) : undefined
  requireKnownUser(release)
  await pullImage(host.docker, release, context)
  await ensureNetwork(host, context)
  await ensureVolumes(host, release, context)
  const { network, appLimits } = host
  const { jobId } = context
  const filesFolder = await bringFiles(host, release, context)
  const part = `command-${jobId}` as const
  const options = { part, jobId, network, appLimits, command: [...words], filesFolder }
  const spec = buildContainerSpec(release, options)
  await context.fence()
  const { id } = await callEngine(() => host.docker.createContainer(spec), 'container-start-failed')
  await startCreated(host, release, id, context)
}

/** One of which the start is in doubt stays: were it removed, the next attempt could begin it once more. */
async function startCreated(host: Host, place: Place, id: string, context: WorkContext): Promise<void> {
  await joinOwnNetwork(host, place, id, context)
  await context.fence()
  const start = () => host.docker.getContainer(id).start().catch(ignoreStatus(304))
  await callEngine(start, 'container-start-failed')
}

const keptLines = 20

/** On the first of these hosts that has it. */
export async function followCommand(
  hosts: readonly Host[],
  place: Place,
  context: WorkContext,
): Promise<CommandEnd | undefined> {
  for (const host of hosts) {
    const [found] = await listCommands(host, place, context.jobId)
    if (found) return follow(host.docker.getContainer(found.Id), place, context)
  }
  return undefined
}

async function follow(container: Docker.Container, { settings }: Place, context: WorkContext): Promise<CommandEnd> {
  const exitCode = await followToEnd(container, context, { signal: context.signal })
  if (exitCode === 0) return { exitCode }
  const lines = await readLastLines(container, keptLines).catch(() => [])
  const excess = await findExcess(container, settings, lines)
  return excess === undefined ? { exitCode } : { exitCode, excess }
}

/** @param jobId absent: those of all jobs */
export async function removeCommands(host: Host, place: Place, context: WorkContext, jobId?: string): Promise<void> {
  const stopSeconds = Math.ceil(stopMs(place.settings) / 1_000)
  for (const { Id, State } of await listCommands(host, place, jobId))
    if (State === 'running') await endContainer(host, Id, stopSeconds, context)
    else await removeContainer(host, Id, context)
}

/** By their labels: a name alone does not say whose it is. */
async function listCommands(host: Host, place: Place, jobId?: string): Promise<Docker.ContainerInfo[]> {
  const { label } = placeFilter(host.network, place, 'command')
  const filters = { label: jobId === undefined ? label : [...label, `${labelKeys.job}=${jobId}`] }
  return callEngine(() => host.docker.listContainers({ all: true, filters }))
}
