import { pollUntil, type WorkContext } from '@stevedore/engine'
import { proxyFailure } from '../failure/proxy.ts'
import type { ProxyParts } from './parts.ts'

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
  const done = await pollUntil(replaced, { deadlineMs: reloadMs, intervalMs: 25, signal })
  if (!done) throw proxyFailure('it did not take in its new configuration', said)
}
