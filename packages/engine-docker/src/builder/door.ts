import { FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { findBuildClient, usualClients } from '../client/buildkit/find-client.ts'
import { type FindClient, type OpenBuilder, openBuilder } from './open.ts'
import type { BuilderSettings } from './settings.ts'
import { BuilderAbsentError } from './start.ts'

interface DoorOptions {
  builder?: BuilderSettings | undefined
  clients?: readonly string[]
}

/** How long one that could not be had is not tried again: an image that cannot be pulled takes its time to say so. */
const pauseMs = 600_000

/**
 * Opens an engine's builder for each build; gives undefined where builds are the engine's own. With `auto` that is also where no
 * builder can be made, and never where there is one: what a build does to it must not open another way for the next.
 */
export function createBuilderDoor(docker: Docker, { builder, clients = usualClients }: DoorOptions) {
  const findClient = createClientFinder(clients)
  let absent: { reason: string; at: number } | undefined
  return async (context: WorkContext): Promise<OpenBuilder | undefined> => {
    if (!builder) return undefined
    if (absent && performance.now() - absent.at < pauseMs) return tellUncontained(absent.reason, context)
    try {
      const opened = await openBuilder(docker, builder, findClient, context)
      absent = undefined
      return opened
    } catch (error) {
      if (!(error instanceof BuilderAbsentError)) throw error
      if (builder.mode === 'contained')
        throw new FailureError('builder-failed', { diagnosis: error.message, cause: error })
      absent = { reason: error.message, at: performance.now() }
      return tellUncontained(absent.reason, context)
    }
  }
}

/** Asked once: a client that can build with one builder can with the next. */
function createClientFinder(paths: readonly string[]): FindClient {
  let path: string | undefined
  return async (docker, env, signal) => {
    const client = path === undefined ? await findBuildClient(docker, paths, env, signal) : { path, env }
    path = client?.path
    return client
  }
}

function tellUncontained(reason: string, { log }: WorkContext): undefined {
  log(`warning: this build has no limits and the engine's network, since there is no builder: ${reason.split('\n')[0]}`)
}
