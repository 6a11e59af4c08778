import type { WorkContext } from '@stevedore/engine'
import { pollUntil } from '../containers/poll.ts'
import { callEngine } from '../docker-error.ts'
import { proxyFailure } from './proxy-failure.ts'
import type { ProxyParts } from './proxy-parts.ts'

const reloadMs = 15_000
/** A backend that is always there. */
const anyBackend = 'none'

/** The master starts a new process on the files and hands it the listening sockets; the old one ends with its connections. */
export async function reloadProxy({ container, admin }: ProxyParts, { fence, signal }: WorkContext): Promise<void> {
  const { workers } = await admin.look(anyBackend, signal)
  await fence()
  await callEngine(() => container.kill({ signal: 'SIGUSR2' }), 'proxy-failed', signal)
  const replaced = async () => {
    const view = await admin.tryLook(anyBackend, signal).catch(() => undefined)
    return view?.servers && view.workers.newest !== workers.newest ? true : undefined
  }
  const done = await pollUntil(replaced, { deadlineMs: reloadMs, intervalMs: 50, signal })
  if (!done) throw proxyFailure('it did not take in its new configuration')
}
