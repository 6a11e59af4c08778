import { FailureError } from '@stevedore/contract'
import type Docker from 'dockerode'
import { readFiles } from '../client/archive.ts'
import { readLastLines } from '../client/container-log.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { callEngine, statusOf } from '../failure/translate.ts'
import { type AdminAccess, baseFile, proxyFolders, readAdminAccess } from './base-config.ts'
import type { ProxySettings } from './settings.ts'

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

export async function readBase(container: Docker.Container): Promise<string | undefined> {
  return (await readFiles(container, proxyFolders.base))[baseFile]
}

export async function readAccess(container: Docker.Container): Promise<AdminAccess> {
  const access = readAdminAccess((await readBase(container)) ?? '')
  if (!access) throw proxyFailure('its base configuration is not one of Stevedore’s')
  return access
}

/** What the proxy itself says of why it does not run. */
export async function explainProxy(container: Docker.Container): Promise<FailureError> {
  const lines = await readLastLines(container, 20).catch(() => [])
  const taken = lines.find((line) => /cannot bind socket|address already in use/i.test(line))
  return new FailureError(taken ? 'port-taken' : 'proxy-failed', { diagnosis: taken ?? lines.join('\n') })
}
