import { stopMs } from '@stevedore/contract'
import {
  type Command,
  type CommandEnd,
  labelKeys,
  openProcess,
  type Place,
  type Release,
  requireKnownUser,
  type Terminal,
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
import { beginInTerminal } from './command-in-terminal.ts'
import { endContainer, removeContainer } from './containers.ts'
import { ensureNetwork } from './ensure-network.ts'
import { ensureVolumes } from './ensure-volumes.ts'
import { followToEnd } from './follow-to-end.ts'
import { joinOwnNetwork } from './join-network.ts'

/** Begins a command in a container of its own, which stays until it is removed: it is the record that it was begun. With a terminal it is made alone. */
export async function startCommand(
  host: Host,
  release: Release,
  command: Omit<Command, 'timeoutMs'>,
  context: WorkContext,
): Promise<void> {
  const [found] = await listCommands(host, release, context.jobId)
  if (found && found.State !== 'created') return
  // A worker that was lost just before the start has left it so.
  const id = found?.Id ?? (await make(host, release, command, context))
  if (!command.hasTerminal) await startCreated(host, release, id, context)
}

/** @returns its id */
async function make(
  host: Host,
  whole: Release,
  { words, process, hasTerminal }: Omit<Command, 'timeoutMs'>,
  context: WorkContext,
): Promise<string> {
  const release = process === undefined ? whole : openProcess(whole, process)
  requireKnownUser(release)
  await pullImage(host.docker, release, context)
  await ensureNetwork(host, context)
  await ensureVolumes(host, release, context)
  const { network, appLimits } = host
  const { jobId } = context
  const filesFolder = await bringFiles(host, release, context)
  const part = `command-${jobId}` as const
  const hasInit = hasTerminal && (await findInit(host))
  const options = { part, jobId, network, appLimits, command: [...words], filesFolder, hasTerminal, hasInit }
  const spec = buildContainerSpec(release, options)
  await context.fence()
  return (await callEngine(() => host.docker.createContainer(spec), 'container-start-failed')).id
}

/** Whether the host has a program that takes the place of the first process of a container, which a Ctrl-C does not end unless it says so itself. */
async function findInit({ docker }: Host): Promise<boolean> {
  const { InitCommit } = await callEngine(() => docker.info())
  return InitCommit !== undefined && InitCommit.ID !== 'N/A'
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
  terminal?: Terminal,
): Promise<CommandEnd | undefined> {
  for (const host of hosts) {
    const [found] = await listCommands(host, place, context.jobId)
    if (found && terminal) return beginInTerminal(host, place, found, { terminal, context })
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
