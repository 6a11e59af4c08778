import type { WorkContext } from '@stevedore/engine'
import { execIn } from '../client/exec.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { baseFile, proxyFolders, readAdminAccess, renderBase } from './base-config.ts'
import { checkConfig, replaceFile } from './files.ts'
import { lockProxy } from './lock.ts'
import { readBase } from './proxy-container.ts'
import type { ProxyParts } from './proxy-parts.ts'
import { reloadProxy } from './reload.ts'

/**
 * Brings the shared part of the configuration to this version, these ports and the certificates that are there now. What HAProxy
 * refuses, such as a broken certificate, is taken back and told: it must not keep anything from being deployed.
 */
export async function refreshBase(parts: ProxyParts, context: WorkContext): Promise<void> {
  if ((await compareBase(parts, context.signal)).same) return
  await lockProxy(parts, context, async (inner) => {
    const { present, wanted, same } = await compareBase(parts, inner.signal)
    if (same) return
    await writeBase(parts, wanted, inner)
    const fault = await checkConfig(parts.container, inner.signal)
    if (!fault) return reloadProxy(parts, inner)
    await writeBase(parts, present, inner)
    context.log(`the proxy keeps its configuration, since HAProxy refuses the new one: ${fault}`)
  })
}

async function compareBase({ container, settings: { ports } }: ProxyParts, signal: AbortSignal) {
  const present = (await readBase(container)) ?? ''
  const adminKey = readAdminAccess(present)?.key
  if (!adminKey) throw proxyFailure('its base configuration is not one of Stevedore’s')
  const { stdout } = await execIn(container, ['ls', proxyFolders.certs], { signal })
  const wanted = renderBase({ ports, adminKey, tls: stdout.includes('.pem') })
  return { present, wanted, same: present === wanted }
}

function writeBase({ container }: ProxyParts, text: string, context: WorkContext): Promise<void> {
  return replaceFile(container, { folder: proxyFolders.base, name: baseFile, text }, context)
}
