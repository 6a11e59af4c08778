import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { describeHost, type Host } from '../hosts.ts'
import { isRunning, type ReplicaContainer } from '../state/replicas.ts'

/** Effects on one container, each behind the fence. They heed no signal, so that what was begun can be undone after an abort. */
type Fence = Pick<WorkContext, 'fence'>

/** What does not start is removed again. */
export async function startContainer(
  host: Host,
  spec: Docker.ContainerCreateOptions,
  context: Fence,
): Promise<Docker.Container> {
  await context.fence()
  const container = await callEngine(() => host.docker.createContainer(spec), 'container-start-failed')
  try {
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

/** How long an app has between SIGTERM and SIGKILL. */
const stopSeconds = 10

/** Asks it to end, then ends it. A stop by hand also keeps Docker from restarting it. */
async function stopContainer({ docker }: Host, id: string, { fence }: Fence): Promise<void> {
  await fence()
  await callEngine(() => docker.getContainer(id).stop({ t: stopSeconds }).catch(ignoreOver))
}

/** 304: it does not run; 404: it is gone; 409: its removal is under way. */
const ignoreOver = ignoreStatus(304, 404, 409)

export async function stopReplicas(host: Host, leaving: ReplicaContainer[], context: WorkContext): Promise<void> {
  await Promise.all(
    leaving.map(async (replica) => {
      const { id, name, revision } = replica
      if (isRunning(replica)) await stopContainer(host, id, context)
      await removeContainer(host, id, context)
      context.log(`${name} removed`)
      context.event('replica.stopped', { replica: name, revision, ...describeHost(host) })
    }),
  )
}
