import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { appName, environmentValue, pinnedImage, refusal, secretName, settingName } from '../values/names.ts'
import { storageQuantity } from '../values/quantity.ts'
import { nameRepository } from '../values/repository.ts'
import { argumentList, command, commandTimeout, usualCommandTimeout } from './command.ts'
import { overlap, trimSlashes } from './paths.ts'
import { resources } from './quantities.ts'
import { accountId, capability, fromImage } from './run-as.ts'
import { mountPath, writablePath } from './volumes.ts'

/** `postgres:18@sha256:…`: the digest says which program has the data, the tag is for who reads it. */
const serviceImage = z
  .string()
  .max(600)
  .refine(isPinned, 'an image by its digest: postgres:18@sha256:…; `docker buildx imagetools inspect IMAGE` shows it')

function isPinned(image: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$/.test(image) && pinnedImage.safeParse(pin(image)).success
}

/** As engines are asked for it: `docker.io/library/postgres@sha256:…`. */
function pin(image: string): string {
  return `${nameRepository(image)}${image.slice(image.indexOf('@'))}`
}

const health = z.strictObject({
  /** Asked inside: status 0 is healthy. Absent: the image's HEALTHCHECK, else that the port takes connections. */
  command: command.optional(),
  interval: duration('100ms', '5m').default('1s'),
  steadyInterval: duration('1s', '1h').default('10s'),
  timeout: duration('100ms', '1m').default('5s'),
  threshold: z.int().min(1).max(20).default(2),
  /** Many make their data at the first start. */
  deadline: duration('1s', '1h').default('2m'),
})

/** Run inside it before an update replaces it by something else. No part of what it is made with: the spec that asks for the update has it. */
const backup = z.strictObject({ command, timeout: commandTimeout.default(usualCommandTimeout) })

const service = z.strictObject({
  image: serviceImage,
  command: command.optional(),
  args: argumentList.optional(),
  /** Where it takes connections, asked for as its health. The network of an environment bars none. */
  port: z.int().min(1).max(65_535).optional(),
  env: z.record(settingName, environmentValue).default({}),
  secrets: z.array(secretName).max(100).default([]),
  volume: z.strictObject({ path: mountPath, size: storageQuantity.optional() }).optional(),
  health: health.prefault({}),
  resources: resources.optional(),
  user: accountId.optional(),
  allowRoot: z.boolean().default(false),
  capabilities: z.array(capability).max(50).optional(),
  /** Ready images were not made for one. */
  readOnlyRoot: z.boolean().default(false),
  writablePaths: z.array(writablePath).max(20).default([]),
  stopTimeout: duration('1s', '1h').default('30s'),
  backup: backup.optional(),
})

/** What a companion's names would be taken for: the machine itself, and the environment's own replicas. */
const reserved = new Set(['localhost', 'web'])
const serviceName = appName.refine((name) => !reserved.has(name), {
  error: `is none of ${[...reserved].join(', ')}, which mean something else there`,
})

/** Companions of ready images that an environment has beside what its app's images run, by name. */
export const services = z
  .record(serviceName, service)
  .refine((value) => Object.keys(value).length <= 10, { error: 'at most 10' })

export type ServiceSpec = z.output<typeof service>

/** A companion as it was made: with what it took from its image. */
export const recordedService = service.omit({ backup: true }).extend({ fromImage: fromImage.optional() })
export type RecordedService = z.output<typeof recordedService>

interface Written {
  services?: Record<string, ServiceSpec> | undefined
}

/** Companions in the order of their names: the ledger's JSON keeps no other. */
export function listServices({ services: given = {} }: Written): (ServiceSpec & { name: string })[] {
  return Object.entries(given)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The secrets that an environment needs for its companions. */
export function listServiceSecrets(settings: Written): string[] {
  return [...new Set(listServices(settings).flatMap(({ secrets }) => secrets))]
}

/** The image of a companion, by the repository and the digest alone. */
export function imageOfService({ image }: Pick<ServiceSpec, 'image'>): string {
  return pin(image)
}

/** What a person calls the image's version: its tag, else the begin of its digest. */
export function versionOfService({ image }: Pick<ServiceSpec, 'image'>): string {
  const [named = '', digest = ''] = image.split('@')
  const tag = named.slice(named.lastIndexOf('/') + 1).split(':')[1]
  return tag ?? digest.slice('sha256:'.length, 'sha256:'.length + 12)
}

interface ServiceFault {
  path: string[]
  message: string
  params?: { code: string }
}

interface Beside extends Written {
  engine: 'docker' | 'kubernetes'
  hosts?: string[] | undefined
  processes?: Record<string, unknown> | undefined
  manifests?: string | undefined
  strategy?: { type: string; controller?: string }
}

/** What of an environment does not go with its companions. */
export function findServiceFaults(value: Beside): ServiceFault[] {
  const all = listServices(value)
  if (all.length === 0) return []
  const onCluster = value.engine === 'kubernetes' ? all.flatMap(findClusterFaults) : []
  return [...findPlaceFaults(value), ...all.flatMap((one) => findOwnFaults(one, value)), ...onCluster]
}

/** Where the pods are not Stevedore's to write, nothing tells them where a companion is. */
function findPlaceFaults({ hosts = [], manifests, strategy }: Beside): ServiceFault[] {
  const tell = (message: string) => [{ path: ['services'], message }]
  if (hosts.length > 1) return tell('are on one host, which replicas on another cannot reach: name one under hosts')
  if (manifests !== undefined) return tell('are not for manifests, which bring what the app needs themselves')
  if (strategy?.controller === 'argo')
    return tell('are not for controller: argo, whose pods are not told where companions are')
  return []
}

/** A cluster leads to ports that it is told, and makes volumes of a size. */
function findClusterFaults({ name, port, volume }: ServiceSpec & { name: string }): ServiceFault[] {
  const unsized = volume !== undefined && volume.size === undefined
  return [
    ...(port === undefined
      ? [{ path: ['services', name, 'port'], message: 'a cluster has to be told where it takes connections: 5432' }]
      : []),
    ...(unsized ? [{ path: ['services', name, 'volume', 'size'], message: 'a cluster has to be told: 10Gi' }] : []),
  ]
}

function findOwnFaults(one: ServiceSpec & { name: string }, { processes = {} }: Beside): ServiceFault[] {
  const at = (key: string) => ['services', one.name, key]
  const root = refusal('policy-violation', 'user 0 needs allowRoot: true')
  const volumePath = one.volume?.path
  const other = one.writablePaths.map(trimSlashes).find((path) => volumePath !== undefined && overlap(volumePath, path))
  return [
    ...(Object.hasOwn(processes, one.name)
      ? [{ path: ['services', one.name], message: 'is the name of a process as well: take another for one of them' }]
      : []),
    ...(one.user === 0 && !one.allowRoot ? [{ path: at('user'), message: root.error, params: root.params }] : []),
    ...(other === undefined
      ? []
      : [
          {
            path: ['services', one.name, 'volume', 'path'],
            message: `${volumePath} and ${other} lie within each other`,
          },
        ]),
  ]
}
