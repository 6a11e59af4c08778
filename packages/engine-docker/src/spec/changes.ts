import type { Change } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { Route, RouteEntrance } from '../proxy/route.ts'
import { isOfVolume, readFileMarks } from './files.ts'

/** What of a container a person can tell apart, by field. */
export type Description = Record<string, string>

export function describeSpec(spec: Docker.ContainerCreateOptions): Description {
  const { HostConfig = {}, Env = [], Entrypoint, Cmd, StopTimeout } = spec
  return {
    image: spec.Image ?? '',
    user: spec.User ?? '',
    ...(Entrypoint ? { command: JSON.stringify(Entrypoint) } : {}),
    ...(Cmd ? { args: JSON.stringify(Cmd) } : {}),
    ...(StopTimeout ? { 'stop timeout': `${StopTimeout}s` } : {}),
    ...(HostConfig.Init ? { init: 'true' } : {}),
    ...(HostConfig.CapAdd?.length ? { capabilities: HostConfig.CapAdd.map(nameCapability).toSorted().join(' ') } : {}),
    'read-only root': String(HostConfig.ReadonlyRootfs ?? false),
    memory: String(HostConfig.Memory || 'unlimited'),
    cpus: HostConfig.NanoCpus ? String(HostConfig.NanoCpus / 1e9) : 'unlimited',
    'writable paths': Object.keys(HostConfig.Tmpfs ?? {})
      .toSorted()
      .join(' '),
    ...describeMounts(HostConfig.Mounts),
    ...describeFiles(spec.Labels),
    ...Object.fromEntries(Env.map(describeVariable)),
  }
}

function describeMounts(mounts: Docker.MountSettings[] = []): Description {
  const volumes = mounts.filter(isOfVolume).map(({ Source, Target }) => [`volume ${Source}`, Target])
  return Object.fromEntries(volumes)
}

function describeFiles(labels: Docker.ContainerCreateOptions['Labels']): Description {
  return Object.fromEntries(readFileMarks(labels).map(([path, mark]) => [`file ${path}`, mark]))
}

/** Docker gives back `CAP_CHOWN` for what it was given as `CHOWN`. */
function nameCapability(name: string): string {
  return name.replace(/^CAP_/, '')
}

function describeVariable(entry: string): [field: string, value: string] {
  const end = entry.indexOf('=')
  return [`env ${entry.slice(0, end)}`, entry.slice(end + 1)]
}

/** With what the library's types lack. */
type InspectedContainer = Docker.ContainerInspectInfo & { Config: { StopTimeout?: number } }

/** What an image brings by itself is no part of a container's settings. */
export function describeContainer(info: InspectedContainer, image: Docker.ImageInspectInfo): Description {
  const inherited = new Set(image.Config.Env ?? [])
  const { Config, HostConfig } = info
  const sameArgs = JSON.stringify(Config.Cmd) === JSON.stringify(image.Config.Cmd)
  const sameCommand = JSON.stringify(Config.Entrypoint) === JSON.stringify(image.Config.Entrypoint)
  return describeSpec({
    Image: Config.Image,
    User: Config.User,
    Labels: Config.Labels,
    Env: Config.Env.filter((entry) => !inherited.has(entry)),
    ...(sameCommand || !Config.Entrypoint ? {} : { Entrypoint: Config.Entrypoint }),
    ...(sameArgs || !Config.Cmd ? {} : { Cmd: Config.Cmd }),
    ...(Config.StopTimeout ? { StopTimeout: Config.StopTimeout } : {}),
    HostConfig,
  })
}

/** @param route its `traffic` in percent by revision */
export function describeRoute(route: RouteEntrance & Pick<Route, 'callers' | 'further' | 'traffic'>): Description {
  const { traffic, further = [], callers = [] } = route
  const shares = Object.entries(traffic).map(([revision, percent]) => [`traffic r${revision}`, `${percent}%`])
  const ways = further.map((entrance, index) => [
    `way in ${index + 2}`,
    Object.values(describeEntrance(entrance)).join(', '),
  ])
  const linked: Description = callers.length > 0 ? { 'linked by': callers.join(', ') } : {}
  return { ...describeEntrance(route), ...linked, ...Object.fromEntries(ways), ...Object.fromEntries(shares) }
}

function describeEntrance({ host, names = [], redirects = {}, port, protocol }: RouteEntrance): Description {
  const sent = Object.entries(redirects).map(([name, to]) => `${name} to ${to}`)
  return {
    ...(host ? { host: [host, ...names].join(' ') } : {}),
    ...(sent.length > 0 ? { redirects: sent.join(', ') } : {}),
    ...(port ? { port: String(port) } : {}),
    ...(protocol ? { protocol } : {}),
  }
}

/** Values of secrets are never told, only that they change. */
export function compareSpecs(before: Description | undefined, after: Description, secrets: string[]): Change['fields'] {
  const hidden = new Set(secrets.map((name) => `env ${name}`))
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])]
  return names
    .filter((name) => before?.[name] !== after[name])
    .map((field) => {
      const show = (value: string | undefined) => (value !== undefined && hidden.has(field) ? '***' : value)
      const [from, to] = [show(before?.[field]), show(after[field])]
      return { field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    })
}
