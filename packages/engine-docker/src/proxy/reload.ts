import { pollUntil, type WorkContext } from '@stevedore/engine'
import { execIn } from '../client/exec.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { baseFile, proxyFolders, readAdminAccess, renderBase } from './base-config.ts'
import { checkConfig, readBase, replaceFile } from './files.ts'
import { lockProxy } from './lock.ts'
import type { ProxyParts } from './settings.ts'

const reloadMs = 10_000
/** A backend that is always there. */
const anyBackend = 'none'

/**
 * The master starts a new process on the files and hands it the listening sockets; the old one ends with its connections. The master
 * is asked, not signalled: Docker takes any signal that is sent through it for a stop by hand, after which nothing restarts.
 */
export async function reloadProxy({ admin }: ProxyParts, { fence, signal }: WorkContext): Promise<void> {
  const { workers } = await admin.look(anyBackend, signal)
  await fence()
  const said = await admin.reload(signal)
  const replaced = async () => {
    // The master ends the connections to itself when it starts anew.
    const view = await admin.tryLook(anyBackend, signal).catch(() => undefined)
    return view?.servers && view.workers.newest !== workers.newest ? true : undefined
  }
  const done = await pollUntil(replaced, { deadlineMs: reloadMs, intervalMs: 50, signal })
  if (!done) throw proxyFailure('it did not take in its new configuration', said)
}

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
