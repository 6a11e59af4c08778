import { randomBytes } from 'node:crypto'
import { EngineError, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readFiles, writeFiles } from '../containers/archive.ts'
import { readLastLines } from '../containers/logs.ts'
import { callEngine, statusOf } from '../docker-error.ts'
import { proxyFolders, readAdminKey, renderBase } from './base-config.ts'
import type { ProxySettings } from './proxy-settings.ts'
import { buildProxySpec } from './proxy-spec.ts'

const baseFile = 'base.cfg'

/** @returns undefined when there is no proxy on this host yet */
export async function inspectProxy(
  docker: Docker,
  { name }: ProxySettings,
): Promise<Docker.ContainerInspectInfo | undefined> {
  return callEngine(async () => {
    try {
      return await docker.getContainer(name).inspect()
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

/** Makes the proxy's container, its volume and its base configuration unless they are there, and starts it. */
export async function startProxy(docker: Docker, settings: ProxySettings, context: WorkContext): Promise<void> {
  if (!(await inspectProxy(docker, settings))) await createProxy(docker, settings, context)
  const container = docker.getContainer(settings.name)
  if (!(await readBase(container))) {
    await context.fence()
    await writeFiles(container, proxyFolders.volume, layOut(settings))
  }
  await context.fence()
  await callEngine(() => container.start().catch(ignoreStatus(304)), 'proxy-failed')
}

export async function readBase(container: Docker.Container): Promise<string | undefined> {
  return (await readFiles(container, proxyFolders.base))[baseFile]
}

export async function readProxyKey(container: Docker.Container): Promise<string> {
  const key = readAdminKey((await readBase(container)) ?? '')
  if (!key) throw new EngineError('proxy-failed', { diagnosis: 'its base configuration is not one of Stevedore’s' })
  return key
}

/** What the proxy itself says of why it does not run. */
export async function explainProxy(container: Docker.Container): Promise<EngineError> {
  const lines = await readLastLines(container, 20).catch(() => [])
  const taken = lines.find((line) => /cannot bind socket|address already in use/i.test(line))
  return new EngineError(taken ? 'port-taken' : 'proxy-failed', { diagnosis: taken ?? lines.join('\n') })
}

async function createProxy(docker: Docker, settings: ProxySettings, context: WorkContext): Promise<void> {
  await context.fence()
  await callEngine(() => docker.createContainer(buildProxySpec(settings)).catch(ignoreStatus(409)), 'proxy-failed')
}

function layOut({ ports }: ProxySettings): Record<string, string> {
  return {
    'base/': '',
    'places/': '',
    'incoming/': '',
    'certs/': '',
    [`base/${baseFile}`]: renderBase({ ports, adminKey: makeAdminKey(), tls: false }),
  }
}

/** 120 random bits in the shape of a unique local address. */
function makeAdminKey(): string {
  const bytes = Buffer.concat([Buffer.of(0xfd), randomBytes(15)])
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')
}

function ignoreStatus(status: number) {
  return (error: unknown) => {
    if (statusOf(error) !== status) throw error
  }
}
