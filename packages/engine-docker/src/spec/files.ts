import { listFiles } from '@stevedore/contract'
import { labelKeys, markContent, nameFileKey, type Place, type Release } from '@stevedore/engine'
import type Docker from 'dockerode'
import { placeLabels } from './labels.ts'

/** Where a container has the volume of its files as a whole: what is mounted is in use, and no prune removes it. */
export const wholeFolder = '/run/stevedore/files'

type ReleaseName = Pick<Release, 'app' | 'environment' | 'revision'>

/**
 * `stevedore.shop.production.r3.files` in the network `stevedore`: a revision's own, so that what runs beside it, or is returned to, has what it
 * came with. A volume of the settings has one part less.
 */
export function filesVolumeName(network: string, { app, environment, revision }: ReleaseName): string {
  return `${network}.${app}.${environment}.r${revision}.files`
}

export function filesVolumeLabels(network: string, release: ReleaseName): Record<string, string> {
  return { ...placeLabels(network, release, 'files'), [labelKeys.revision]: String(release.revision) }
}

/**
 * Each file at its path, read-only. Docker puts nothing into a container whose root is read-only, and older engines mount no single file of a volume
 * by its name: so it is mounted by where the engine keeps the volume.
 * @param folder where that is, on the engine's machine
 */
export function mountFiles(network: string, release: Release, folder: string): Docker.MountSettings[] {
  const all = listFiles(release.settings)
  if (all.length === 0) return []
  return [
    { Type: 'volume', Source: filesVolumeName(network, release), Target: wholeFolder, ReadOnly: true },
    ...all.map((file): Docker.MountSettings => {
      return { Type: 'bind', Source: `${folder}/${nameFileKey(file)}`, Target: file.path, ReadOnly: true }
    }),
  ]
}

/** What the files of a container are, for whoever compares it with the next. */
export function labelFiles({ settings }: Pick<Place, 'settings'>): Record<string, string> {
  const marks = listFiles(settings).map(({ path, mode, content }) => [path, `${mode} ${markContent(content)}`])
  return marks.length > 0 ? { [labelKeys.files]: JSON.stringify(Object.fromEntries(marks)) } : {}
}

/** An image may bear any label, and its containers have it as well: what cannot be read is none of ours. */
export function readFileMarks(labels: Record<string, string> = {}): [path: string, mark: string][] {
  try {
    const marks: unknown = JSON.parse(labels[labelKeys.files] ?? '{}')
    return Object.entries(Object(marks)).map(([path, mark]) => [path, String(mark)])
  } catch {
    return []
  }
}

/** A mount of one of the settings' volumes, not of files. */
export function isOfVolume({ Type, Target }: Docker.MountSettings): boolean {
  return Type === 'volume' && Target !== wholeFolder
}
