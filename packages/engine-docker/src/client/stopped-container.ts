import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

type StoppedSpec = Docker.ContainerCreateOptions & { name: string }

/** Works on a container that never starts, and is gone after that. What a lost attempt of the job left of the same name goes first. */
export async function withStopped<T>(
  docker: Docker,
  spec: StoppedSpec,
  { fence }: Pick<WorkContext, 'fence'>,
  work: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  await fence()
  await remove(docker.getContainer(spec.name))
  const container = await callEngine(() =>
    docker.createContainer({ ...spec, Entrypoint: ['none'], NetworkDisabled: true }),
  )
  try {
    return await work(container)
  } finally {
    await remove(container)
  }
}

function remove(container: Docker.Container): Promise<unknown> {
  return callEngine(() => container.remove({ force: true, v: true }).catch(ignoreStatus(404, 409)))
}
