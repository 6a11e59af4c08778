import { pollUntil, type WorkContext } from '@stevedore/engine'
import { hasImage, pullReference } from '../actions/pull.ts'
import { writeFiles } from '../client/archive.ts'
import { callEngine, statusOf } from '../failure/translate.ts'
import { layOutVolume, proxyFolders } from './base-config.ts'
import { buildProxySpec } from './container-spec.ts'
import { explainProxy, inspectProxy, readBase } from './proxy-container.ts'
import type { ProxyParts } from './proxy-parts.ts'

const readyMs = 20_000
/** A process that has run for this long has read its configuration; before, it is asked. */
const settledMs = 5_000

/** Makes the proxy's container, its volume and its base configuration unless they are there, and waits until it answers. */
export async function startProxy(parts: ProxyParts, context: WorkContext): Promise<void> {
  const { docker, settings, container } = parts
  const info = await inspectProxy(docker, settings)
  if (info?.State.Running && Date.now() - Date.parse(info.State.StartedAt) > settledMs) return
  if (!info) await createProxy(parts, context)
  if (!(await readBase(container))) {
    await context.fence()
    await writeFiles(container, proxyFolders.volume, layOutVolume(settings.ports))
  }
  await context.fence()
  await callEngine(() => container.start().catch(ignore(304)), 'proxy-failed')
  await awaitReady(parts, context.signal)
}

async function createProxy({ docker, settings }: ProxyParts, { fence, log, signal }: WorkContext): Promise<void> {
  await fence()
  if (!(await hasImage(docker, settings.image))) {
    log(`pulling ${settings.image}`)
    await pullReference(docker, settings.image, undefined, signal)
    await fence()
  }
  await callEngine(() => docker.createContainer(buildProxySpec(settings)).catch(ignore(409)), 'proxy-failed')
}

async function awaitReady({ admin, docker, settings, container }: ProxyParts, signal: AbortSignal): Promise<void> {
  const look = async () => {
    if (await admin.tryLook('none', signal).catch(() => undefined)) return 'ready'
    return (await inspectProxy(docker, settings))?.State.Restarting ? 'failing' : undefined
  }
  const state = await pollUntil(look, { deadlineMs: readyMs, intervalMs: 100, signal })
  if (state !== 'ready') throw await explainProxy(container)
}

function ignore(status: number) {
  return (error: unknown) => {
    if (statusOf(error) !== status) throw error
  }
}
