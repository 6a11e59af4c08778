import { type EnvironmentSpec, FailureError, type FromImage } from '@stevedore/contract'
import type { ImageConfig, WorkContext } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { revealCredential } from './release.ts'

/**
 * The settings with what they leave to the image: its user, its HEALTHCHECK, its port. It is read once, for a revision that is about to be
 * recorded, and recorded with it.
 */
export async function takeFromImage(
  run: Run,
  { settings, image }: { settings: EnvironmentSpec; image: string },
  context: WorkContext,
  reveal = revealCredential,
): Promise<EnvironmentSpec> {
  if (settings.user !== undefined && asksHealth(settings)) return settings
  const config = await readConfig(run, { settings, image }, context, reveal)
  if (!config) return settings
  if (config.user === 0 && settings.user === undefined && !settings.allowRoot)
    context.log('the image runs as root, which needs allowRoot: true; it gets user 1000')
  const taken = chooseFromImage(settings, config)
  return Object.keys(taken).length > 0 ? { ...settings, fromImage: taken } : settings
}

/** What cannot be read for good is told and left out; what may pass is tried again, since a revision is recorded only once. */
async function readConfig(
  run: Run,
  { settings, image }: { settings: EnvironmentSpec; image: string },
  context: WorkContext,
  reveal: typeof revealCredential,
): Promise<ImageConfig | undefined> {
  const credential = await reveal(run, image)
  try {
    return await run.worker.engines.images.readConfig(image, credential, context)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof FailureError) || mayPass(error, settings) || error.code === 'address-not-allowed')
      throw error
    const said = error.diagnosis ?? error.message
    context.log(`the image's USER and HEALTHCHECK could not be read, user 1000 stands for the one: ${said}`)
    return undefined
  }
}

/** A worker for clusters alone need not have Docker. */
function mayPass(error: FailureError, { engine }: EnvironmentSpec): boolean {
  return error.retryable && !(engine === 'kubernetes' && error.code === 'engine-unreachable')
}

function asksHealth({ health }: EnvironmentSpec): boolean {
  return health.path !== undefined || health.command !== undefined
}

/** The longest that a probe may take. */
const longestProbeMs = 60_000

export function chooseFromImage(settings: EnvironmentSpec, { user, group, health, ports }: ImageConfig): FromImage {
  const isUsers = settings.user === undefined && (user !== 0 || settings.allowRoot)
  return {
    ...(isUsers ? { user, ...(group === undefined ? {} : { group }) } : {}),
    ...(health && !asksHealth(settings) ? { health: chooseProbe(health) } : {}),
    ...(listens(settings, ports) ? { port: settings.containerPort } : {}),
  }
}

/**
 * Whether a pod that says nothing of a port is to be asked on its default one. Images that serve and work by turns EXPOSE it always;
 * what begins by a command of the spec's own may be the worker.
 */
function listens({ engine, containerPort, command, args }: EnvironmentSpec, ports: number[]): boolean {
  return engine === 'kubernetes' && !command && !args && ports.includes(containerPort)
}

/** Docker's own for a HEALTHCHECK that names no `--timeout`. */
const dockerTimeoutMs = 30_000

function chooseProbe({
  command,
  timeoutMs = dockerTimeoutMs,
}: NonNullable<ImageConfig['health']>): NonNullable<FromImage['health']> {
  return { command, timeout: `${Math.min(longestProbeMs, Math.max(100, timeoutMs))}ms` }
}
