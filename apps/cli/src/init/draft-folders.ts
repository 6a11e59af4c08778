import { isCommandFailure } from '../exit.ts'
import type { Build } from './choose-builds.ts'
import type { ProjectDrafts } from './compose/draft-project.ts'
import { type Divided, divideManifests, type Part } from './divide-manifests.ts'
import { type Draft, type LeftOut, leaveOut, leaveToPerson } from './draft.ts'
import { draftBuild } from './draft-build.ts'
import type { FoundManifests } from './find-manifests.ts'
import { nameFolder, toFreeName } from './names.ts'
import { chooseRepositories, nameImages } from './own-images.ts'
import { type Place, pathInSource } from './place.ts'
import { takePart } from './take-manifests.ts'
import { takeTrigger } from './take-trigger.ts'
import { createUsedPorts } from './way-in.ts'

const mostApps = 50
const asIsCalled =
  'Called as its manifests call it. Another app of this name on the server would become this one: all of them have a name before their own by `--app`.'

interface Folders {
  builds: readonly Build[]
  place: Place
  manifests: FoundManifests | undefined
}

type Settings = Pick<Draft, 'environment' | 'engine'> & { app: string | undefined }

/**
 * An app for each Dockerfile, with what of the manifests is its own; they are named by the project and the folder, or by that alone where the
 * manifests call them so.
 * @throws CliError where none of them can be read
 */
export async function draftFolders({ builds, place, manifests }: Folders, settings: Settings): Promise<ProjectDrafts> {
  const { app, environment, engine } = settings
  const project = app ?? nameFolder(place.folder)
  const taken = builds.slice(0, mostApps)
  const inCluster = engine === 'kubernetes'
  const divided: Divided =
    manifests && inCluster
      ? divideManifests(manifests, { builds: taken, project, place })
      : { parts: new Map(), leftOut: [] }
  const isNamed = app === undefined && divided.parts.size > 0
  const drafts: Draft[] = []
  const leftOut = [...divided.leftOut, ...tellMore(builds.slice(mostApps))]
  const names = new Set<string>()
  const used = createUsedPorts()
  const faults: unknown[] = []
  for (const build of taken) {
    const name = toFreeName(nameApp(build, { place, project, isNamed }), names)
    const named = { app: name, environment, engine, ...(inCluster && manifests && { namespace: project }) }
    const takeMore = (draft: Draft) => takeDivided(draft, divided.parts.get(build), { build, place, project })
    try {
      drafts.push(await draftBuild(build, named, { place, used, takeMore }))
      names.add(name)
    } catch (error) {
      if (!isCommandFailure(error)) throw error
      faults.push(error)
      leftOut.push({ what: pathInSource(place, build.folder) ?? build.folder, why: error.message })
    }
  }
  if (drafts.length === 0 && faults.length > 0) throw faults[0]
  for (const draft of drafts) takeTrigger(draft, place)
  if (isNamed) for (const draft of drafts) leaveToPerson(draft, ['app'], asIsCalled)
  if (manifests && !inCluster) leftOut.push(tellOfCluster(manifests, place))
  return { drafts, leftOut }
}

/** What manifests bring may be called as the app alone is: their names are the apps'. */
function nameApp(
  build: Build,
  { place, project, isNamed }: { place: Place; project: string; isNamed: boolean },
): string {
  if (build.folder === place.folder) return project
  return isNamed ? build.name : `${project}-${build.name}`
}

function takeDivided(
  draft: Draft,
  part: Part | string | undefined,
  { build, place, project }: { build: Build; place: Place; project: string },
): void {
  if (part === undefined) return
  if (typeof part === 'string') {
    leaveOut(draft, 'the manifests', part)
    return
  }
  const name = pathInSource(place, part.path) ?? part.path
  const repositories = chooseRepositories(part.objects, nameImages(build, project))
  takePart(draft, { name, objects: part.objects, repositories })
}

function tellMore(more: readonly Build[]): LeftOut[] {
  if (more.length === 0) return []
  const names = more.slice(0, 10).map(({ name }) => name)
  return [
    { what: `${more.length} more folders (${names.join(', ')})`, why: `beyond the ${mostApps} apps that are taken` },
  ]
}

function tellOfCluster({ path }: FoundManifests, place: Place): LeftOut {
  return {
    what: pathInSource(place, path) ?? path,
    why: 'is for a cluster: `stevedore init --engine kubernetes` divides it among the apps, as `manifests` of each',
  }
}
