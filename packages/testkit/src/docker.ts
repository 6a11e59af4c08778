import { existsSync } from 'node:fs'
import Docker from 'dockerode'
import type { Component } from './component.ts'

const socketPath = '/var/run/docker.sock'

export const dockerComponent: Component = {
  name: 'Docker engine',
  found: existsSync(socketPath),
  bring: 'apt-get install docker.io',
}

/** The machine's own engine, for what tests look at or clear up behind the back of what they test. */
export function openTestDocker(): Docker {
  return new Docker({ socketPath })
}

/** Ends and removes all that carries a label (`name=value`): containers, then the volumes and networks that they had. */
export async function clearEngine(docker: Docker, label: string): Promise<void> {
  const labelled = { filters: { label: [label] } }
  const containers = await docker.listContainers({ all: true, ...labelled })
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(labelled.filters) })
  await Promise.all((Volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove()))
  const networks = await docker.listNetworks(labelled)
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()))
}

/** Removes every image of a repository (`127.0.0.1:40000/acme/shop`, `stevedore/test`), whatever its tag. */
export async function removeImages(docker: Docker, repository: string): Promise<void> {
  const images = await docker.listImages({ filters: { reference: [repository] } })
  const names = images.flatMap(({ Id, RepoTags }) => {
    const tags = (RepoTags ?? []).filter((tag) => !tag.startsWith('<none>') && !tag.endsWith(':<none>'))
    return tags.length > 0 ? tags : [Id]
  })
  await Promise.allSettled(names.map((name) => docker.getImage(name).remove({ force: true })))
}
