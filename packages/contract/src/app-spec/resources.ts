import { noRegistry } from '../jobs/build-report.ts'
import { isCommonRepository, nameRepository } from '../values/repository.ts'
import { type AppSpec, imageNameOf } from './app-spec.ts'
import type { EnvironmentSpec } from './environment.ts'
import { collectNamesAndPorts } from './list-entrances.ts'
import type { ResourceKind } from './resource-kinds.ts'

/** What only the server can say whose it is: several apps could name it. */
export interface Resource {
  kind: ResourceKind
  /** `ghcr.io/acme/shop`; `shop`; of a Deployment `shop/web`, its namespace before it; `shop.example.com`. */
  name: string
  /** Of what a cluster has, the kubeconfig context; '' for the cluster that the worker runs in, and for what no cluster has. */
  context: string
}

/** A resource with where a spec names it. */
export interface NamedResource extends Resource {
  path: (string | number)[]
}

/** What a spec has an app use. */
export function listResources(spec: AppSpec): NamedResource[] {
  const repository = listRepository(spec.image.registry ?? null, imageNameOf(spec))
  const named = repository.map((one) => ({ ...one, path: ['image'] }))
  const placed = Object.entries(spec.environments).flatMap(([name, settings]) =>
    listEnvironmentResources(spec.app, settings).map(({ path, ...one }) => ({
      ...one,
      path: ['environments', name, ...path],
    })),
  )
  return [...named, ...placed]
}

/** What an environment's settings have it use; paths begin at the settings. */
export function listEnvironmentResources(app: string, settings: EnvironmentSpec): NamedResource[] {
  const path = settings.engine === 'docker' ? ['host'] : ['ingress', 'host']
  const hosts = collectNamesAndPorts(settings).names.map((name) => ({ kind: 'host' as const, name, context: '', path }))
  if (settings.engine === 'docker') return hosts
  const { namespace, context = '', deployment = app } = settings
  return [
    { kind: 'namespace', name: namespace, context, path: ['namespace'] },
    { kind: 'deployment', name: `${namespace}/${deployment}`, context, path: ['deployment'] },
    ...hosts,
  ]
}

/** The repository of images; none where nobody of this server could have it. @param registry null: they stay on the engine */
export function listRepository(registry: string | null, name: string): Resource[] {
  const repository = nameRepository(`${registry ?? noRegistry}/${name}`)
  return isCommonRepository(repository) ? [] : [{ kind: 'repository', name: repository, context: '' }]
}

/** The repository of what runs; none of an image that has only an id. */
export function listImageRepository(image: string): Resource[] {
  const repository = nameRepository(image)
  return image.startsWith('sha256:') || isCommonRepository(repository)
    ? []
    : [{ kind: 'repository', name: repository, context: '' }]
}

/** Whether who has one has the other: a name with `*.` covers those of one label more. */
export function coversResource(had: Resource, wanted: Resource): boolean {
  if (had.kind !== wanted.kind || had.context !== wanted.context) return false
  return had.name === wanted.name || (had.kind === 'host' && had.name === wanted.name.replace(/^[^.]+/, '*'))
}

/** `the namespace shop of context prod`. */
export function describeResource({ kind, name, context }: Resource): string {
  const words = {
    repository: 'the image repository',
    namespace: 'the namespace',
    deployment: 'the Deployment',
    host: 'the host name',
  }
  return `${words[kind]} ${name}${context === '' ? '' : ` of context ${context}`}`
}

/** The command by which a server-wide administrator gives it to an app. */
export function nameGrantCommand(
  { kind, name, context }: Resource,
  app: string,
  access: 'own' | 'read' = 'own',
): string {
  const options = [`--app ${app}`, context && `--context ${context}`, access === 'read' && '--read'].filter(Boolean)
  return `stevedore grant ${kind} ${name} ${options.join(' ')}`
}
