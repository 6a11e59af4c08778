import { clearEngine, openTestDocker, removeImages } from '@stevedore/testkit'

type Docker = ReturnType<typeof openTestDocker>

/** Removes what the story left on the engine: replicas, proxy, images, network. What others have stays. */
export async function clearDocker(own: { app: string; proxyName: string; repository: string }): Promise<void> {
  const docker = openTestDocker()
  await clearEngine(docker, `io.stevedore.app=${own.app}`)
  await removeProxy(docker, own.proxyName)
  await removeImages(docker, own.repository)
  await removeUntagged(docker, own.app)
  // A story that ended before its first deploy has none.
  await docker
    .getNetwork(own.proxyName)
    .remove()
    .catch(() => {})
}

async function removeProxy(docker: Docker, name: string): Promise<void> {
  // A story that ended before its first deploy has no proxy.
  await docker
    .getContainer(name)
    .remove({ force: true })
    .catch(() => {})
  // Nor has it the proxy's volume.
  await docker
    .getVolume(name)
    .remove()
    .catch(() => {})
}

/** Images that lost their tag to a later build of the same version. */
async function removeUntagged(docker: Docker, app: string): Promise<void> {
  const images = await docker.listImages({ filters: { label: [`io.stevedore.app=${app}`] } })
  await Promise.allSettled(images.map(({ Id }) => docker.getImage(Id).remove({ force: true })))
}
