import { homedir } from 'node:os'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { BuildClient } from '../client/buildkit/find-client.ts'
import { answers, openDocker } from '../client/docker.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { clientEnvironment } from '../spec/build-options.ts'
import type { BuilderSettings } from './settings.ts'
import { startBuilder } from './start.ts'
import { tidyBuilder } from './tidy.ts'
import { openTunnel } from './tunnel.ts'

export type FindClient = (
  docker: Docker,
  env: Record<string, string>,
  signal: AbortSignal,
) => Promise<BuildClient | undefined>

/** The engine in the builder, for one build. */
export interface OpenBuilder {
  inner: Docker
  /** Undefined where no client has BuildKit. */
  client: BuildClient | undefined
  /** Whether its container has run all the while. */
  isSame(): Promise<boolean>
  close(): Promise<void>
}

/**
 * Opens the builder of an engine, which is started where it is not yet.
 * @param findClient finds a Docker client that can build with it
 * @throws FailureError `builder-failed`, `image-pull-failed`, `engine-unreachable`, …
 */
export async function openBuilder(
  docker: Docker,
  settings: BuilderSettings,
  findClient: FindClient,
  context: WorkContext,
): Promise<OpenBuilder> {
  const container = await startBuilder(docker, settings, context)
  const startedAt = await readStart(container)
  const tunnel = await openTunnel(container)
  try {
    const inner = openDocker(tunnel)
    // The builder asks no registry: it has no sign-ins.
    const env = clientEnvironment(tunnel, homedir(), undefined)
    const client = await findClient(inner, env, context.signal)
    const close = async () => {
      await tidyBuilder(inner, AbortSignal.timeout(tidyMs)).catch(() => undefined)
      await tunnel.close()
    }
    // One that is ending may still be said to run, but does not answer.
    const isSame = async () => (await answers(inner)) && (await readStart(container)) === startedAt
    return { inner, client, isSame, close }
  } catch (error) {
    await tunnel.close()
    throw error
  }
}

/** A build that is over does not wait for it. */
const tidyMs = 3_000
/** When the life of a container began; undefined when it has none. */
async function readStart(container: Docker.Container): Promise<string | undefined> {
  const found = await callEngine(() => container.inspect().catch(ignoreStatus(404)))
  return found?.State.Running ? found.State.StartedAt : undefined
}
