import type { Place, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { describeHost, type Host } from '../hosts.ts'
import { nameLeaving } from '../spec/labels.ts'
import { isRunning, type ReplicaContainer } from '../state/replicas.ts'
import { joinOwnNetwork } from './join-network.ts'

/** Effects on one container, each behind the fence. They heed no signal, so that what was begun can be undone after an abort. */
type Fence = Pick<WorkContext, 'fence'>

/** What does not start is removed again. @param place whose it is: it joins that environment's own network */
export async function startContainer(
  host: Host,
  place: Place,
  spec: Docker.ContainerCreateOptions,
  context: WorkContext,
): Promise<Docker.Container> {
  await context.fence()
  const container = await callEngine(() => host.docker.createContainer(spec), 'container-start-failed')
  try {
    await joinOwnNetwork(host, place, container.id, context)
    await context.fence()
    await callEngine(() => container.start(), 'container-start-failed')
    return container
  } catch (error) {
    await removeContainer(host, container.id, context)
    throw error
  }
}

export async function removeContainer({ docker }: Host, id: string, { fence }: Fence): Promise<void> {
  await fence()
  await callEngine(() => docker.getContainer(id).remove({ force: true, v: true }).catch(ignoreOver))
}

/**
 * Asks it to end and ends it when its own time is over, which it was made with (10 s where it was made without). A stop by hand also
 * keeps Docker from restarting it. An abort ends the wait alone: what was told to end goes on to its end, and is known by its name.
 */
async function stopContainer(
  { docker }: Host,
  { id, name, leaving }: ReplicaContainer,
  context: Stopping,
): Promise<void> {
  const container = docker.getContainer(id)
  await context.fence()
  if (!leaving) await callEngine(() => container.rename({ name: nameLeaving(name, id) }).catch(ignoreOver))
  const { signal } = context
  await callEngine(() => container.stop({ abortSignal: signal }).catch(ignoreOver), undefined, signal)
}

/** Undoes a start: what ran for a moment may have begun some work, but nobody who cancels is to wait long for it. */
export async function endContainer(host: Host, id: string, stopSeconds: number, context: Fence): Promise<void> {
  await context.fence()
  const t = Math.min(longestUndoSeconds, stopSeconds)
  await callEngine(() => host.docker.getContainer(id).stop({ t }).catch(ignoreOver))
  await removeContainer(host, id, context)
}

const longestUndoSeconds = 10

type Stopping = Pick<WorkContext, 'fence' | 'signal'>

/** 304: it does not run; 404: it is gone; 409: its removal is under way. */
const ignoreOver = ignoreStatus(304, 404, 409)

export async function stopReplicas(host: Host, leaving: ReplicaContainer[], context: WorkContext): Promise<void> {
  await Promise.all(
    leaving.map(async (replica) => {
      const { id, name, revision, service } = replica
      if (isRunning(replica)) await stopContainer(host, replica, context)
      await removeContainer(host, id, context)
      context.log(`${name} removed`)
      if (service === undefined) context.event('replica.stopped', { replica: name, revision, ...describeHost(host) })
    }),
  )
}
