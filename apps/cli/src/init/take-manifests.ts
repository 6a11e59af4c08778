import { dirname } from 'node:path'
import { chooseServing, type Serving } from './choose-serving.ts'
import { type Draft, leaveOut, settingPath, takeSetting } from './draft.ts'
import { deploymentsOf, type FoundManifests } from './find-manifests.ts'
import { listObjects, tellRefused } from './manifest-faults.ts'
import { chooseRepositories, runsOneOf } from './own-images.ts'
import { type Place, pathInSource } from './place.ts'
import type { ManifestObject } from './read-manifests.ts'
import { fieldOf } from './values.ts'

export interface Wanted {
  /** As the spec names it. */
  name: string
  objects: readonly ManifestObject[]
  /** Those of the app's image. */
  repositories: ReadonlySet<string>
}

/** The project's own manifests as the base of what runs in a cluster. @param names what the app's image may be called */
export function takeManifests(draft: Draft, found: FoundManifests, place: Place, names: ReadonlySet<string>): void {
  const { path, objects, isKustomization } = found
  const name = pathInSource(place, path) ?? path
  const folders = new Set(objects.map(({ file }) => dirname(file)))
  if (draft.engine === 'docker')
    leaveOut(draft, name, 'is for a cluster: `stevedore init --engine kubernetes` takes it as `manifests`')
  else if (path === place.folder || (!isKustomization && folders.size > 1))
    tellUnclear(
      draft,
      { name, objects },
      'not in one folder: put what is this app’s into one, and name it under `manifests`',
    )
  else takePart(draft, { name, objects, repositories: chooseRepositories(objects, names) })
}

/** The path, and what the spec has to say of the one that serves; told where that cannot be known. */
export function takePart(draft: Draft, { name, objects, repositories }: Wanted): void {
  const isOwn = (one: ManifestObject) => runsOneOf(one, repositories)
  const serving = chooseServing(objects, draft.app, isOwn)
  const isOnly = deploymentsOf(objects).length === 1
  if (repositories.size === 0 && !isOnly)
    tellUnclear(
      draft,
      { name, objects },
      'and none of their images is called as this app is: name the folder, or the file of this app, under `manifests`',
    )
  else if (!serving)
    tellUnclear(
      draft,
      { name, objects },
      'and no Service leads to one of its image alone: name it under `manifests`, and the one that serves under `deployment`',
    )
  else if (!isOnly && !isOwn(serving.deployment))
    tellUnclear(
      draft,
      { name, objects },
      `and ${serving.deployment.name}, which would serve (${serving.why}), runs another image than this app’s: name what is this app’s under \`manifests\``,
    )
  else takeServed(draft, { name, objects, repositories }, serving)
}

function tellUnclear(draft: Draft, { name, objects }: Pick<Wanted, 'name' | 'objects'>, why: string): void {
  const deployments = deploymentsOf(objects)
  const names = deployments.slice(0, 10).map((one) => one.name)
  leaveOut(draft, name, `holds ${deployments.length} Deployments (${names.join(', ')}), ${why}`)
}

function takeServed(draft: Draft, { name, objects, repositories }: Wanted, serving: Serving): void {
  const { deployment, settings, why } = serving
  const others = objects.filter((one) => one !== deployment && ['Deployment', 'CronJob'].includes(one.kind))
  const serves = others.length > 0 ? `, which serves: ${why}` : ''
  takeSetting(draft, ['manifests'], name, `with the Deployment ${deployment.name}${serves}`)
  for (const [key, value] of Object.entries(settings)) takeSetting(draft, [key], value, why)
  if (others.length > 0)
    draft.comments.push({ path: settingPath(draft), text: `beside it go with each revision: ${listObjects(others)}` })
  takeContainer(draft, deployment.containers, repositories)
  takeReplicas(draft, serving, objects)
  tellRefused(draft, name, objects, deployment)
}

/** Of several containers the one that runs the app has to be told. */
function takeContainer(
  draft: Draft,
  containers: Serving['deployment']['containers'],
  repositories: ReadonlySet<string>,
): void {
  const own = containers.find(({ repository }) => repositories.has(repository))
  if (containers.length > 1 && own) takeSetting(draft, ['container'], own.name, 'the one of its image')
}

/** They are the spec's to say; of what mounts a disk of one node there is one. */
function takeReplicas(draft: Draft, { deployment }: Serving, objects: Wanted['objects']): void {
  const replicas = Number(fieldOf(deployment.spec, 'replicas') ?? 1)
  const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')
  const mounted = claims.filter(({ name, spec }) => deployment.claims.has(name) && isOfOneNode(spec))
  const [claim] = mounted
  if (claim) {
    const why = `PersistentVolumeClaim ${claim.name} is of one node`
    takeSetting(draft, ['replicas'], 1, why)
    takeSetting(draft, ['strategy'], 'recreate', why)
  } else if (Number.isInteger(replicas) && replicas > 1)
    takeSetting(draft, ['replicas'], replicas, `of the Deployment ${deployment.name}`)
}

function isOfOneNode(spec: Serving['deployment']['spec']): boolean {
  const modes = fieldOf(spec, 'accessModes')
  return Array.isArray(modes) && modes.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod')
}
