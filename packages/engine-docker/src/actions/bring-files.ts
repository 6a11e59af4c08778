import type { Readable } from 'node:stream'
import { FailureError, listFiles, type PlacedFile } from '@stevedore/contract'
import { labelKeys, nameFileKey, type Place, type Release, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { withStopped } from '../client/stopped-container.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { filesVolumeLabels, filesVolumeName, wholeFolder } from '../spec/files.ts'
import { placeFilter, placeLabels } from '../spec/labels.ts'
import { removeOpeners } from './remove-volumes.ts'

/**
 * Puts the files of a release into a volume of its own, once more where they are there already: an attempt may have been lost between the two.
 * @returns where the engine keeps it; undefined for a release without files
 * @throws FailureError `volume-taken`
 */
export async function bringFiles(host: Host, release: Release, context: WorkContext): Promise<string | undefined> {
  const all = listFiles(release.settings)
  if (all.length === 0) return undefined
  const { Name, Mountpoint } = await createVolume(host, release, context)
  const spec = {
    name: `${host.network}-files-${context.jobId}`,
    Image: release.image,
    Labels: placeLabels(host.network, release, 'volume-opener'),
    HostConfig: {
      Mounts: [{ Type: 'volume', Source: Name, Target: wholeFolder, VolumeOptions: { NoCopy: true } }],
    } as Docker.HostConfig,
  }
  await withStopped(host.docker, spec, context, async (container) => {
    await context.fence()
    await callEngine(() => container.putArchive(packFiles(all), { path: wholeFolder }))
  })
  return Mountpoint
}

async function createVolume(host: Host, release: Release, { fence }: WorkContext): Promise<Docker.VolumeInspectInfo> {
  const { docker, network } = host
  const [Name, Labels] = [filesVolumeName(network, release), filesVolumeLabels(network, release)]
  await fence()
  await callEngine(() => docker.createVolume({ Name, Driver: 'local', Labels }))
  const found = await callEngine(() => docker.getVolume(Name).inspect())
  // Docker gives the one that is there to who makes it a second time, whoever made it first.
  if (Object.entries(Labels).every(([key, value]) => found.Labels?.[key] === value)) return found
  throw new FailureError('volume-taken', { diagnosis: `the volume ${Name} was made by others, and is left to them` })
}

function packFiles(all: PlacedFile[]): Readable {
  const tar = pack()
  for (const file of all) tar.entry({ name: nameFileKey(file), mode: Number.parseInt(file.mode, 8) }, file.content)
  tar.finalize()
  return tar as unknown as Readable
}

/** What a container still has stays. */
export async function removeFiles(
  host: Host,
  place: Place,
  isOver: (revision: number) => boolean,
  context: WorkContext,
): Promise<void> {
  const filters = JSON.stringify(placeFilter(host.network, place, 'files'))
  const { Volumes } = await callEngine(() => host.docker.listVolumes({ filters }))
  const over = (Volumes ?? []).filter(({ Labels }) => isOver(Number(Labels[labelKeys.revision])))
  if (over.length > 0) await removeOpeners(host, place, context)
  for (const { Name } of over) {
    await context.fence()
    await callEngine(() => host.docker.getVolume(Name).remove().catch(ignoreStatus(404, 409)))
  }
}
