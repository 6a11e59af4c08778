import { FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import { labelKeys, pollUntil } from '@stevedore/engine'
import type Docker from 'dockerode'
import { writeFiles } from '../client/archive.ts'
import { createShared } from '../client/create-container.ts'
import { pullImage } from '../client/images.ts'
import { explainLate, explainProxy, proxyFailure } from '../failure/proxy.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { layOutVolume } from './base-config.ts'
import { buildProxySpec } from './container-spec.ts'
import { readBase } from './files.ts'
import { proxyFolders } from './folders.ts'
import { lockProxy } from './lock.ts'
import type { ProxyParts } from './parts.ts'
import type { ProxySettings } from './settings.ts'

const readyMs = 20_000
/** A process that has run for this long has read its configuration; before, it is asked. */
const youngMs = 5_000

/**
 * Makes the proxy's container, its volume and its base configuration unless they are there, and waits until it answers. Under the lock, since the
 * first deploys on a host may come at once: each would write a base with a key of its own for the way in.
 */
export async function startProxy(parts: ProxyParts, context: WorkContext): Promise<void> {
  const { docker, settings } = parts
  const info = await inspectProxy(docker, settings)
  if (info?.State.Running && Date.now() - Date.parse(info.State.StartedAt) > youngMs) return
  if (!info?.State.Running) {
    await pullImage(docker, settings, context)
    await lockProxy(parts, context, (inner) => bringUp(parts, inner))
  }
  await awaitReady(parts, context.signal)
}

async function bringUp(parts: ProxyParts, context: WorkContext): Promise<void> {
  const { docker, settings, container } = parts
  await context.fence()
  // A worker of an earlier version makes it without the lock.
  if (!(await inspectProxy(docker, settings)))
    await createShared(docker, buildProxySpec(settings), 'proxy-failed', context)
  if (!(await readBase(parts, context.signal))) {
    await context.fence()
    // To make it may have taken longer than the lock is held: another may be writing the base by now, with a key of its own.
    context.signal.throwIfAborted()
    await writeFiles(container, proxyFolders.volume, layOutVolume(settings))
  }
  await context.fence()
  await callEngine(() => container.start().catch(ignoreStatus(304)), 'proxy-failed')
}

/**
 * @returns undefined when there is no proxy on this host yet
 * @throws FailureError `proxy-failed` where another container has its name
 */
export async function inspectProxy(
  docker: Docker,
  { name }: ProxySettings,
): Promise<Docker.ContainerInspectInfo | undefined> {
  const found = await callEngine(() => docker.getContainer(name).inspect().catch(ignoreStatus(404)))
  if (found && found.Config.Labels[labelKeys.role] !== 'proxy')
    throw proxyFailure(`a container that is not Stevedore's is called ${name}: rename it, or set STEVEDORE_PROXY_NAME`)
  return found
}

async function awaitReady({ admin, docker, settings, container }: ProxyParts, signal: AbortSignal): Promise<void> {
  let refusal: FailureError | undefined
  const look = async () => {
    // One that starts may end the connection in any way.
    const note = (error: unknown) => {
      refusal = error instanceof FailureError && error.code === 'proxy-failed' ? error : undefined
    }
    if (await admin.tryLook('none', signal).catch(note)) return 'ready'
    return (await inspectProxy(docker, settings))?.State.Restarting ? 'failing' : undefined
  }
  const state = await pollUntil(look, { deadlineMs: readyMs, intervalMs: 50, signal })
  if (state === 'failing') throw await explainProxy(container)
  if (state === undefined) throw refusal ?? (await explainLate(container, readyMs))
}
