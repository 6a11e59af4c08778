import { type Account, chooseAccount, listVolumes } from '@stevedore/contract'
import type { Release, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type FolderOwner, readOwner, writeOwner } from '../client/folder-owner.ts'
import { withStopped } from '../client/stopped-container.ts'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { placeLabels } from '../spec/labels.ts'
import { mountVolume, volumeLabels, volumeName } from '../spec/volume.ts'
import { listAbsentVolumes, requireOwn } from '../state/volumes.ts'

/**
 * Makes the volumes of a release that are not there, and lets its user write in each. A new one gets what the image has at its path,
 * with its owner.
 * @throws FailureError `volume-taken`
 */
export async function ensureVolumes(host: Host, release: Release, context: WorkContext): Promise<void> {
  if (listVolumes(release.settings).length === 0) return
  for (const name of await listAbsentVolumes(host, release)) await createVolume(host, release, name, context)
  await openVolumes(host, release, context)
}

/** Docker gives the one that is there to who makes it a second time, whoever made it first. */
async function createVolume(host: Host, release: Release, name: string, { fence, log }: WorkContext): Promise<void> {
  const { docker, network } = host
  const [Name, Labels] = [volumeName(network, release, name), volumeLabels(network, release, name)]
  await fence()
  await callEngine(() => docker.createVolume({ Name, Driver: 'local', Labels }))
  requireOwn(await callEngine(() => docker.getVolume(Name).inspect()), host, release, name)
  log(`volume ${Name} made`)
}

/**
 * A folder that root has is handed to who runs, what is in it is not: an image without the folder, or with one that nobody gave away, leaves
 * it to root. A container that never starts is the way to it, whatever programs the image has.
 */
async function openVolumes(host: Host, release: Release, context: WorkContext): Promise<void> {
  const account = chooseAccount(release.settings)
  const volumes = listVolumes(release.settings)
  const spec = {
    name: `${host.network}-volumes-${context.jobId}`,
    Image: release.image,
    Labels: placeLabels(host.network, release, 'volume-opener'),
    HostConfig: {
      Mounts: volumes.map((volume) => mountVolume(host.network, release, volume, { isFilled: false })),
    },
  }
  await withStopped(host.docker, spec, context, async (container) => {
    for (const { path } of volumes) await openFolder(container, path, account, context)
  })
}

async function openFolder(
  container: Docker.Container,
  path: string,
  { user, group }: Account,
  { fence }: WorkContext,
): Promise<void> {
  const owner = await readOwner(container, path)
  if (owner.uid !== 0 || user === 0) return
  const opened: FolderOwner = { uid: user, gid: group ?? owner.gid, mode: owner.mode | 0o700 }
  await fence()
  await writeOwner(container, path, opened)
}
