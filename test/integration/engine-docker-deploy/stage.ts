import { randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:tls'
import { environmentSpec } from '@stevedore/contract'
import type { Certificate } from '@stevedore/engine'
import type { Answer, Behaviour, DeployHarness, TlsHarness } from '@stevedore/engine/conformance'
import { createDockerDeployEngine, defaultProxySettings, type ProxySettings } from '@stevedore/engine-docker'
import {
  busyboxComponent,
  clearEngine,
  deployAppMigration,
  dockerComponent,
  ensureProxyImage,
  findFreePort,
  haproxyComponent,
  makeCertificate,
  opensslComponent,
  openTestDocker,
  publishDeployApp,
  registryComponent,
  removeImages,
  startRegistry,
} from '@stevedore/testkit'

export const stageComponents = [
  dockerComponent,
  busyboxComponent,
  haproxyComponent,
  registryComponent,
  opensslComponent,
]

/** A proxy, a network and an image of a test file's own on the machine's Docker. */
export interface Stage {
  name: string
  docker: ReturnType<typeof openTestDocker>
  engine: DeployHarness['engine']
  image: string
  proxy: ProxySettings
  network: string
  /** Undone when the stage closes, whatever came of the tests. */
  places: { cleanup(): Promise<void> }[]
  close(): Promise<void>
}

export interface StageOptions {
  proxyImage?: string
  /** Where its proxy differs from the default. */
  settings?: Partial<ProxySettings>
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const docker = openTestDocker()
  const name = `stevedore-test-${randomBytes(3).toString('hex')}`
  const registry = await startRegistry()
  const repository = `${registry.host}/${name}/app`
  const image = await publishDeployApp(docker, repository)
  const proxyImage = options.proxyImage ?? (await ensureProxyImage(docker))
  const places: Stage['places'] = []
  const proxy = {
    ...defaultProxySettings,
    ...options.settings,
    name: `${name}-proxy`,
    image: proxyImage,
    ports: await findProxyPorts(),
  }
  return {
    name,
    docker,
    image,
    proxy,
    network: name,
    engine: createDockerDeployEngine({ docker, proxy, network: name }),
    places,
    async close() {
      for (const place of places) await place.cleanup()
      await removeProxy(docker, proxy.name)
      await removeNetwork(docker, name)
      await removeImages(docker, repository)
      await registry.stop()
    },
  }
}

/** Docker may keep a container's end of a network a moment longer than the container. */
async function removeNetwork(docker: Stage['docker'], name: string): Promise<void> {
  const network = docker.getNetwork(name)
  const found: { Containers?: Record<string, unknown> } | undefined = await network.inspect().catch(ignoreAbsent)
  for (const Container of Object.keys(found?.Containers ?? {})) await network.disconnect({ Container, Force: true })
  await network.remove().catch(ignoreAbsent)
}

function ignoreAbsent(error: { statusCode?: number }): undefined {
  if (error.statusCode !== 404) throw error
}

/** Resolves with the next start of a container, which Docker tells: call it before what makes it start. */
export async function openStartWatch(docker: Stage['docker'], container: string): Promise<() => Promise<void>> {
  const events = await docker.getEvents({ filters: { container: [container], event: ['start'] } })
  const started = once(events, 'data')
  return async () => {
    await started
    events.removeAllListeners()
  }
}

export async function removeProxy(docker: Stage['docker'], name: string): Promise<void> {
  const containers = [name, `${name}-lock`].map((one) => docker.getContainer(one).remove({ force: true, v: true }))
  await Promise.allSettled(containers)
  await docker.getVolume(name).remove({ force: true }).catch(ignoreAbsent)
}

export async function findProxyPorts(): Promise<ProxySettings['ports']> {
  return { http: await findFreePort(), https: await findFreePort(), admin: await findFreePort() }
}

export interface PlaceOptions {
  /** Its name, where another's settings are to name it. */
  app?: string
  replicas?: number
  strategy?: unknown
  settings?: Record<string, unknown>
  /** By the host that is named, or by a port of its own. */
  by?: 'host' | 'port'
  /** Beside what tells the app its revision. */
  env?: Record<string, string>
}

/** With where its clients ask. */
export interface PlaceHarness extends DeployHarness {
  url: string
  hostHeader: string
}

/** A place of its own on a stage. */
export async function openPlace(stage: Stage, options: PlaceOptions = {}): Promise<PlaceHarness> {
  const app = options.app ?? `a${randomBytes(4).toString('hex')}`
  const port = options.by === 'port' ? await findFreePort() : undefined
  const host = `${app}.test`
  const settings = (more: object = {}) =>
    environmentSpec.parse({
      engine: 'docker',
      ...(port ? { port } : { host }),
      replicas: options.replicas ?? 1,
      strategy: options.strategy ?? 'rolling',
      health: { ...health, deadline: '60s' },
      drain: '5s',
      ...options.settings,
      ...more,
    })
  const place = { app, environment: 'test', settings: settings() }
  const url = `http://127.0.0.1:${port ?? stage.proxy.ports.http}`
  const cleanup = async () => {
    await clearEngine(stage.docker, `io.stevedore.app=${app}`)
    const filters = JSON.stringify({ name: [`.${app}.test.`] })
    const { Volumes } = await stage.docker.listVolumes({ filters })
    for (const { Name } of Volumes ?? []) await stage.docker.getVolume(Name).remove({ force: true })
  }
  stage.places.push({ cleanup })
  return {
    url,
    hostHeader: host,
    engine: stage.engine,
    place,
    makeRelease: ({ revision, behaviour, files }) => ({
      ...place,
      revision,
      version: `1.0.${revision}`,
      image: behaviour === 'missing-image' ? stage.image.replace(/[0-9a-f]{64}$/, 'd'.repeat(64)) : stage.image,
      secrets: {},
      credential: undefined,
      changeCause: `deploy 1.0.${revision}`,
      settings: settings({
        env: { ...options.env, REVISION: String(revision), BEHAVIOUR: behaviour },
        ...(files ? { files } : {}),
        ...settingsFor(behaviour, options.settings),
      }),
    }),
    request: (path) => ask(`${url}${path}`, host),
    async makeForeignVolume(name) {
      await stage.docker.createVolume({ Name: `${stage.network}.${app}.test.${name}` })
    },
    tls: openTls(stage.proxy.ports.https),
    cleanup,
  }
}

const health = { path: '/health', interval: '200ms', timeout: '1s', threshold: 2 }

/** Only who waits for a health deadline has a short one: a busy machine may be slow to start what is healthy. */
function settingsFor(behaviour: Behaviour, settings: object = {}): object {
  if (behaviour === 'never-healthy' && !('health' in settings)) return { health: { ...health, deadline: '6s' } }
  if (behaviour === 'check-fails') return { check: { path: '/check', timeout: '5s' } }
  return behaviour.startsWith('migrat') ? { migrate: { command: deployAppMigration, timeout: '20s' } } : {}
}

export async function ask(url: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, headers: { host } }, (response) => {
      response.resume().once('end', () => {
        const revision = response.headers['x-revision']
        resolve({ status: response.statusCode ?? 0, revision: revision === undefined ? undefined : Number(revision) })
      })
      response.once('error', reject)
    })
    sent.once('error', reject).end()
  })
}

function openTls(port: number): TlsHarness {
  return {
    askFingerprint: (dnsName) => askFingerprint(port, dnsName),
    async makeCertificate(name, dnsNames, as) {
      const made = await makeBrought(name, dnsNames)
      // With the key of another.
      return as === 'refused' ? { ...made, key: (await makeCertificate()).key } : made
    },
  }
}

/** One that is put now. */
export async function makeBrought(name: string, names: string[], key?: readonly string[]): Promise<Certificate> {
  const made = await makeCertificate(key ? { names, key } : { names })
  const { fingerprint256: fingerprint } = new X509Certificate(made.certificate)
  return { name, chain: made.certificate, key: made.key, fingerprint, putAt: new Date() }
}

/** Of the certificate that a client is shown, in a handshake of its own; undefined where there is none. */
export function askFingerprint(port: number, servername: string, options: object = {}): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256)
      socket.destroy()
    }).once('error', () => resolve(undefined))
  })
}
