import { listProcesses, listVolumes } from '@stevedore/contract'
import { type Change, openProcess, type Release } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { routeKey } from '../proxy/route.ts'
import { compareSpecs, type Description, describeContainer, describeRoute, describeSpec } from '../spec/changes.ts'
import { buildContainerSpec, dockerSettings } from '../spec/container.ts'
import { buildCallers, buildEntrances } from '../spec/entrances.ts'
import { volumeName } from '../spec/volume.ts'
import { findSubnet } from '../state/network.ts'
import { listAllOfProcesses, listReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { listAbsentVolumes } from '../state/volumes.ts'
import { previewLinks } from './preview-links.ts'
import { previewServices } from './preview-services.ts'

/** The changes of a whole deploy on one host. Only reads. */
export async function preview(host: Host, release: Release, signal: AbortSignal): Promise<Change[]> {
  const replicas = await listReplicas(host, release, signal)
  const own = replicas.filter(({ revision }) => revision === release.revision)
  const others = replicas.filter(({ revision }) => revision !== release.revision)
  const changes = [
    ...(await previewGround(host)),
    ...(await previewVolumes(host, release)),
    ...(await previewServices(host, release, signal)),
    ...(await previewLinks(host, release)),
    ...(await previewReplicas(host, release, own, others.at(-1))),
    ...(await previewRoute(host, release)),
    ...(await previewProcesses(host, release, signal)),
    ...others.map(({ name }) => toEnd(name)),
  ]
  return host.name ? changes.map((change) => ({ ...change, object: `${change.object} on ${host.name}` })) : changes
}

/** Each that is to run, against the one of its name that runs, and the end of all others. */
async function previewProcesses(host: Host, release: Release, signal: AbortSignal): Promise<Change[]> {
  const all = (await listAllOfProcesses(host, release, signal)).filter(({ leaving }) => !leaving)
  const isOwn = (one: ReplicaContainer) => one.revision === release.revision
  const made = await Promise.all(
    listProcesses(release.settings).map(async ({ name }) => {
      const same = all.filter(({ process }) => process === name)
      const before = same.findLast((one) => !isOwn(one))
      return previewReplicas(host, openProcess(release, name), same.filter(isOwn), before)
    }),
  )
  const kept = new Set(listProcesses(release.settings).map(({ name }) => name))
  const ended = all.filter((one) => !isOwn(one) || !kept.has(one.process ?? ''))
  return [...made.flat(), ...ended.map(({ name }): Change => toEnd(name))]
}

function toEnd(name: string): Change {
  return { action: 'delete', object: `container ${name}`, fields: [] }
}

async function previewGround(host: Host): Promise<Change[]> {
  const { name, image } = host.proxySettings
  const network: Change = { action: 'create', object: `network ${host.network}`, fields: [] }
  const proxy: Change = { action: 'create', object: `container ${name}`, fields: [{ field: 'image', to: image }] }
  const isThere = await host.proxy.isRunning()
  return [...((await findSubnet(host)) ? [] : [network]), ...(isThere ? [] : [proxy])]
}

async function previewVolumes(host: Host, release: Release): Promise<Change[]> {
  const absent = await listAbsentVolumes(host, release)
  return listVolumes(release.settings)
    .filter(({ name }) => absent.includes(name))
    .map(({ name, path }) => {
      const object = `volume ${volumeName(host.network, release, name)}`
      return { action: 'create', object, fields: [{ field: 'path', to: path }] }
    })
}

async function previewReplicas(
  host: Host,
  release: Release,
  own: ReplicaContainer[],
  previous: ReplicaContainer | undefined,
): Promise<Change[]> {
  const { replicas } = dockerSettings(release)
  const before = previous && (await readContainer(host.docker, previous.id))
  const present = new Set(own.map(({ part }) => Number(part)))
  const parts = Array.from({ length: Math.max(0, replicas - own.length) }, (_, index) => own.length + index + 1)
  return parts.filter((part) => !present.has(part)).map((part) => previewReplica(host, release, part, before))
}

function previewReplica(host: Host, release: Release, part: number, before: Description | undefined): Change {
  const { network, appLimits } = host
  const spec = buildContainerSpec(release, { part, jobId: '', network, appLimits })
  const fields = compareSpecs(before, describeSpec(spec), dockerSettings(release).secrets)
  return { action: 'create', object: `container ${spec.name}`, fields }
}

async function readContainer(docker: Docker, id: string): Promise<Description> {
  return callEngine(async () => {
    const info = await docker.getContainer(id).inspect()
    return describeContainer(info, await docker.getImage(info.Image).inspect())
  })
}

async function previewRoute({ proxy }: Host, release: Release): Promise<Change[]> {
  const entrances = { ...buildEntrances(dockerSettings(release)), ...buildCallers(release) }
  const route = await proxy.findRoute(release)
  const none = Object.fromEntries(Object.keys(route?.traffic ?? {}).map((revision) => [revision, 0]))
  const wanted = describeRoute({ ...entrances, traffic: { ...none, [release.revision]: 100 } })
  const fields = compareSpecs(route && describeRoute(route), wanted, [])
  if (fields.length === 0) return []
  return [{ action: route ? 'update' : 'create', object: `route ${routeKey(release)}`, fields }]
}
