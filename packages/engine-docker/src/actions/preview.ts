import type { Change, Release } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import { routeKey } from '../proxy/route.ts'
import { compareSpecs, describeContainer, describeSpec } from '../spec/changes.ts'
import { buildContainerSpec, dockerSettings } from '../spec/container.ts'
import { containerName } from '../spec/labels.ts'
import { listReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { findSubnet } from './network.ts'

/** The changes of a whole deploy on one host. Only reads. */
export async function preview(host: Host, release: Release, signal: AbortSignal): Promise<Change[]> {
  const replicas = await listReplicas(host, release, signal)
  const [own, others] = [
    replicas.filter(({ revision }) => revision === release.revision),
    replicas.filter(({ revision }) => revision !== release.revision),
  ]
  const changes = [
    ...(await previewGround(host)),
    ...(await previewReplicas(host, release, own, others.at(-1))),
    ...(await previewRoute(host, release)),
    ...others.map(({ name }): Change => ({ action: 'delete', object: `container ${name}`, fields: [] })),
  ]
  return host.name ? changes.map((change) => ({ ...change, object: `${change.object} on ${host.name}` })) : changes
}

async function previewGround(host: Host): Promise<Change[]> {
  const { name, image } = host.proxySettings
  const network: Change = { action: 'create', object: `network ${host.network}`, fields: [] }
  const proxy: Change = { action: 'create', object: `container ${name}`, fields: [{ field: 'image', to: image }] }
  const isThere = await host.proxy.isRunning()
  return [...((await findSubnet(host)) ? [] : [network]), ...(isThere ? [] : [proxy])]
}

async function previewReplicas(
  host: Host,
  release: Release,
  own: ReplicaContainer[],
  previous: ReplicaContainer | undefined,
): Promise<Change[]> {
  const { replicas, secrets } = dockerSettings(release)
  const before = previous && (await readContainer(host.docker, previous.id))
  const seat = { jobId: '', network: host.network }
  const present = new Set(own.map(({ name }) => name))
  const parts = Array.from({ length: Math.max(0, replicas - own.length) }, (_, index) => own.length + index + 1)
  return parts.flatMap((part): Change[] => {
    const name = containerName(host.network, release, part)
    if (present.has(name)) return []
    const fields = compareSpecs(before, describeSpec(buildContainerSpec(release, { ...seat, part })), secrets)
    return [{ action: 'create', object: `container ${name}`, fields }]
  })
}

async function readContainer(docker: Docker, id: string) {
  return callEngine(async () => {
    const info = await docker.getContainer(id).inspect()
    return describeContainer(info, await docker.getImage(info.Image).inspect())
  })
}

async function previewRoute(host: Host, release: Release): Promise<Change[]> {
  const settings = dockerSettings(release)
  const routes = await host.proxy.readRoutes()
  const route = routes[routeKey(release)]
  const traffic: Record<string, number> = {
    ...Object.fromEntries(Object.keys(route?.traffic ?? {}).map((key) => [key, 0])),
    [release.revision]: 100,
  }
  const wanted = [
    ['host', route?.host, settings.host],
    ['port', route?.port, settings.port],
    ...Object.entries(traffic).map(([key, to]) => [
      `traffic r${key}`,
      percent(route?.traffic[Number(key)]),
      percent(to),
    ]),
  ] as [string, string | number | undefined, string | number | undefined][]
  const fields = wanted
    .filter(([, from, to]) => from !== to)
    .map(([field, from, to]) => ({
      field,
      ...(from === undefined ? {} : { from: String(from) }),
      ...(to === undefined ? {} : { to: String(to) }),
    }))
  if (fields.length === 0) return []
  return [{ action: route ? 'update' : 'create', object: `route ${routeKey(release)}`, fields }]
}

function percent(share: number | undefined): string | undefined {
  return share === undefined ? undefined : `${share}%`
}
