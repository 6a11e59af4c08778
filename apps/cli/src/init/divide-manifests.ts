import { dirname } from 'node:path'
import type { Build } from './choose-builds.ts'
import { isCompanionImage } from './compose/choose-services.ts'
import type { LeftOut } from './draft.ts'
import { deploymentsOf, type FoundManifests } from './find-manifests.ts'
import { listObjects } from './manifest-faults.ts'
import { nameImages, runsNamed } from './own-images.ts'
import { type Place, pathInSource } from './place.ts'
import type { ManifestObject } from './read-manifests.ts'

/** What of manifests is one app's. */
export interface Part {
  /** Absolute: a file or a folder. */
  path: string
  objects: ManifestObject[]
}

export interface Divided {
  /** Of each build its part, or why it has none. */
  parts: Map<Build, Part | string>
  /** What is no app's. */
  leftOut: LeftOut[]
}

/**
 * The manifests of a project among its apps: a Deployment is that one's whose image it runs, by the last part of the image's name, else that
 * one's whose name it has.
 */
export function divideManifests(
  found: FoundManifests,
  { builds, project, place }: { builds: readonly Build[]; project: string; place: Place },
): Divided {
  const owners = new Map(
    deploymentsOf(found.objects).flatMap((one): [ManifestObject, Build][] => {
      const build = findOwner(one, builds, project)
      return build ? [[one, build]] : []
    }),
  )
  const parts = new Map(builds.map((build) => [build, choosePart(build, owners, found, place)]))
  return { parts, leftOut: tellRest(found, parts, place) }
}

function findOwner(object: ManifestObject, builds: readonly Build[], project: string): Build | undefined {
  const byImage = builds.find((build) => runsNamed(object, nameImages(build, project)))
  const isOthers = object.containers.every(({ repository }) => repository === '' || isCompanionImage(repository))
  return byImage ?? (isOthers ? undefined : builds.find((build) => nameImages(build, project).has(object.name)))
}

function choosePart(
  build: Build,
  owners: ReadonlyMap<ManifestObject, Build>,
  { objects }: FoundManifests,
  place: Place,
): Part | string {
  const isOwn = (one: ManifestObject) => owners.get(one) === build
  const isOthers = (one: ManifestObject) => owners.has(one) && !isOwn(one)
  const files = new Set(objects.filter(isOwn).map(({ file }) => file))
  const [file, ...more] = files
  if (file === undefined) return 'hold no Deployment of its image: Stevedore makes one'
  const folder = dirname(file)
  const inFolder = objects.filter((one) => dirname(one.file) === folder)
  const inFile = objects.filter((one) => one.file === file)
  if (folder !== place.folder && !inFolder.some(isOthers) && [...files].every((one) => dirname(one) === folder))
    return withinUpload({ path: folder, objects: inFolder }, build, place)
  if (more.length > 0)
    return `hold it in ${files.size} files among those of others: put them into a folder of their own`
  const shared = inFile.filter(isOthers)
  if (shared.length > 0)
    return `hold it in one file with ${listObjects(shared)}, which are other apps’: give each a file, and name it under \`manifests\``
  return withinUpload({ path: file, objects: inFile }, build, place)
}

/** Without a remote the context alone is uploaded. */
function withinUpload(part: Part, { context }: Build, { git, folder }: Place): Part | string {
  if (git !== undefined || context === folder || part.path.startsWith(`${context}/`)) return part
  return 'lie outside of its folder, which alone is uploaded: they are had from git, once the folder has a remote `origin`'
}

function tellRest(found: FoundManifests, parts: Divided['parts'], place: Place): LeftOut[] {
  const nameOf = (path: string) => pathInSource(place, path) ?? path
  const taken = [...parts.values()].filter((one) => typeof one !== 'string')
  const isTaken = (one: ManifestObject) => taken.some(({ objects }) => objects.includes(one))
  const left = Map.groupBy(
    found.objects.filter((one) => !isTaken(one)),
    ({ file }) => file,
  )
  const rest = [...left].slice(0, 50).map(([file, objects]) => ({
    what: `${nameOf(file)}: ${listObjects(objects)}`,
    why: 'is in no app’s manifests: put it into the file or folder of the app that it belongs to, else other hands apply it',
  }))
  const changes = {
    what: `the kustomization in ${nameOf(found.path)}`,
    why: 'is for all together: what it changes in the files that are named here does not hold',
  }
  return [...rest, ...(found.isKustomization && taken.some(({ path }) => path !== found.path) ? [changes] : [])]
}
