import { normalize } from 'node:path'
import { nameRepository } from '@stevedore/contract'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { type ComposeProject, type Service, textOf, textsOf } from './read-project.ts'

/** A service that becomes an app, with those that run the same image otherwise. */
export interface ChosenApp {
  service: Service
  processes: Service[]
}

export interface ChosenServices {
  apps: ChosenApp[]
  /** What runs an image that is not built here: databases, caches, proxies. */
  companions: Service[]
  /** What `docker compose up` does not start by itself. */
  onDemand: Service[]
}

/** What apps need beside them, by the beginning of an image's name. */
const companionImages = new Set(
  [
    'postgres postgresql postgis pgvector mysql mariadb mongo mongodb redis valkey keydb memcached clickhouse elasticsearch opensearch',
    'rabbitmq kafka zookeeper nats meilisearch typesense minio seaweedfs traefik nginx caddy haproxy',
    'mailpit mailhog adminer pgadmin pgadmin4 pgbouncer tika gotenberg busybox watchtower',
  ].flatMap((line) => line.split(' ')),
)

/**
 * Which services are apps: those that are built, of the same build the one with ports, or `web`. Where none is built, those that let
 * people in and are no database or the like.
 */
export function chooseServices({ services, profiles }: ComposeProject): ChosenServices {
  const isStarted = ({ fields }: Service) => {
    const own = textsOf(fieldOf(fields, 'profiles'))
    return own.length === 0 || profiles.has('*') || own.some((profile) => profiles.has(profile))
  }
  const started = services.filter(isStarted)
  const built = started.filter(({ fields }) => fieldOf(fields, 'build') !== undefined)
  const entries = built.length > 0 ? built : started.filter(isEntry)
  const groups = [...Map.groupBy(entries, keyOf).values()].map(chooseMain)
  const withSame = groups.map((group) => ({
    ...group,
    processes: [...group.processes, ...started.filter((one) => !entries.includes(one) && runsSame(one, group.service))],
  }))
  const taken = new Set(withSame.flatMap(({ service, processes }) => [service, ...processes]))
  return {
    apps: withSame,
    companions: started.filter((service) => !taken.has(service)),
    onDemand: services.filter((service) => !isStarted(service)),
  }
}

function isEntry({ fields }: Service): boolean {
  const image = textOf(fieldOf(fields, 'image')) ?? ''
  return listOf(fieldOf(fields, 'ports')).length > 0 && !isCompanionImage(nameRepository(image))
}

/** Of a repository, that it is what apps need beside them. */
export function isCompanionImage(repository: string): boolean {
  const [name = ''] = repository.split('/').at(-1)?.split(/[-_]/) ?? []
  return companionImages.has(name)
}

/** The same build is one image, and so is the same name where nothing is built. */
function keyOf({ fields }: Service): string {
  const build = fieldOf(fields, 'build')
  if (build === undefined) return JSON.stringify(tellApart(fieldOf(fields, 'image')))
  const { context, dockerfile, target } = fieldsOf(typeof build === 'string' ? { context: build } : build)
  const folder = normalize(String(tellApart(context) ?? '.')).replace(/\/$/, '')
  return JSON.stringify([folder, tellApart(dockerfile), tellApart(target)])
}

function runsSame({ fields }: Service, main: Service): boolean {
  const image = fieldOf(fields, 'image')
  return typeof image === 'string' && tellApart(image) === tellApart(fieldOf(main.fields, 'image'))
}

/** By what it says, or by how it is written where that cannot be told. */
function tellApart(value: unknown): unknown {
  return textOf(value) ?? value
}

function chooseMain(group: Service[]): ChosenApp {
  const withPorts = group.filter(({ fields }) => listOf(fieldOf(fields, 'ports')).length > 0)
  const main = withPorts[0] ?? group.find(({ name }) => /^(web|app|server|api)$/.test(name)) ?? group[0]
  if (!main) throw new Error('a group has a service')
  return { service: main, processes: group.filter((one) => one !== main) }
}
