import { listServices } from '@stevedore/contract'
import type { Change } from '@stevedore/engine'
import type { Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { listChanges } from '../spec/changes.ts'
import { holdsFiles, nameFiles, readFileMarks } from '../spec/files.ts'
import { belongsTo } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { holdsRemembered } from '../spec/remembered.ts'
import { judgeRemembered } from '../state/base-manifests.ts'
import { readCronJobs } from '../state/beside.ts'
import { readCompanions } from '../state/companions.ts'
import { previewLinks } from '../state/links.ts'
import { type PlaceState, readPlaceState } from '../state/place-state.ts'
import { isBeside, isWanted, readProcesses } from '../state/processes.ts'
import { listUnnamed } from '../state/unnamed.ts'
import { buildManifests } from './action.ts'
import { refuseForeign, rehearse } from './prepare.ts'
import { refuseTakenCompanions } from './refuse-taken-companions.ts'
import { rehearseBeside } from './roll-beside.ts'
import { buildProcesses, refuseTaken } from './roll-processes.ts'

/** What a deploy of the release ends with against what is there, each as the server itself would make it; changes nothing. */
export async function preview(reader: NamespaceReader, release: KubernetesRelease): Promise<Change[]> {
  const state = await readPlaceState(reader, release)
  refuseForeign(release, state)
  await judgeRemembered(reader, release, state)
  const manifests = await buildManifests(reader, release, state)
  await rehearse(reader, release, state, manifests)
  await rehearseBeside(reader, release, manifests.beside)
  const { supporting, rollout, deployments, beside, force } = manifests
  const changes: (Change | undefined)[] = []
  for (const object of supporting.filter((one) => !holdsRemembered(one)))
    changes.push(
      holdsFiles(object)
        ? await previewFiles(reader, release, object, state)
        : await previewObject(reader, release, object, true),
    )
  changes.push(await previewObject(reader, release, rollout ?? deployments.main, force))
  for (const object of beside) changes.push(await previewObject(reader, release, object, true))
  for (const { deployment } of await buildProcesses(reader, release)) {
    await refuseTaken(reader, release, deployment)
    changes.push(await previewObject(reader, release, deployment, true))
  }
  const processes = await readProcesses(reader, release)
  const isBrought = (kind: string, name: string) =>
    beside.some((one) => one.kind === kind && one.metadata.name === name)
  const over = processes.filter((one) =>
    isBeside(one) ? !isBrought('Deployment', one.deployment.metadata.name) : !isWanted(release, release.revision, one),
  )
  const crons = (await readCronJobs(reader, release)).map(({ metadata: { name } }) => ({ kind: 'CronJob', name }))
  const gone = [
    ...over.map(({ deployment }) => ({ kind: 'Deployment', name: deployment.metadata.name })),
    ...crons.filter(({ kind, name }) => !isBrought(kind, name)),
    ...(await listUnnamed(reader, release)),
  ]
  return [
    ...(await previewCompanions(reader, release)),
    ...previewLinks(release, state),
    ...changes.filter((change) => change !== undefined),
    ...gone.map(({ kind, name }): Change => ({ action: 'delete', object: `${kind} ${name}`, fields: [] })),
  ]
}

/** Those that are not there; what is there stays as it is. */
async function previewCompanions(reader: NamespaceReader, release: KubernetesRelease): Promise<Change[]> {
  const declared = listServices(release.settings)
  if (declared.length === 0) return []
  await refuseTakenCompanions(reader, release)
  const present = (await readCompanions(reader, release)).filter(({ set }) => set).map(({ name }) => name)
  const made = declared.filter(({ name }) => !present.includes(name))
  return made.map(({ name, image }) => {
    return { action: 'create', object: `companion ${name}`, fields: [{ field: 'image', to: image }] }
  })
}

/** Against those of the revision that is there: each has a ConfigMap of its own. */
async function previewFiles(
  reader: NamespaceReader,
  release: KubernetesRelease,
  manifest: Manifest,
  { main }: PlaceState,
): Promise<Change | undefined> {
  const found = main && (await reader.get('ConfigMap', nameFiles(release, main.revision)))
  const [before, after] = [new Map(found && readFileMarks(found)), new Map(readFileMarks(manifest))]
  const fields = [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)]
    return from === to ? [] : [{ field: `file ${path}`, ...(from && { from }), ...(to && { to }) }]
  })
  const object = `files of ${nameObjects(release).main}`
  return fields.length > 0 ? { action: found ? 'update' : 'create', object, fields } : undefined
}

async function previewObject(
  reader: NamespaceReader,
  release: KubernetesRelease,
  manifest: Manifest,
  force: boolean,
): Promise<Change | undefined> {
  const { kind, metadata, apiVersion } = manifest
  const object = `${kind} ${metadata.name}`
  // Secret objects are written without being read: their names come from their content, so there is nothing to compare.
  const found = kind === 'Secret' ? undefined : await reader.get(kind, metadata.name, apiVersion)
  if (kind === 'Service' && found && !belongsTo(found, release)) return undefined
  const fields = listChanges(found, await reader.dryRun(manifest, force))
  if (!found) return { action: 'create', object, fields }
  return fields.length > 0 ? { action: 'update', object, fields } : undefined
}
