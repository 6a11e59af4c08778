import { EngineError, type Release, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { statusOf, toEngineError } from '../docker-error.ts'

interface PullMessage {
  error?: string
  status?: string
}

/**
 * Brings a release's image, by digest, unless the engine has it.
 * @throws EngineError `image-missing`, `registry-denied`, `image-pull-failed`, …
 */
export async function pullImage(docker: Docker, release: Release, context: WorkContext): Promise<void> {
  if (await hasImage(docker, release.image)) return
  await context.fence()
  context.log(`pulling ${release.image}`)
  try {
    await pull(docker, release, context.signal)
  } catch (error) {
    throw nameFailure(toEngineError(error, 'image-pull-failed', context.signal))
  }
}

export async function hasImage(docker: Docker, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect()
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw toEngineError(error)
  }
}

async function pull(docker: Docker, { image, credential }: Release, signal: AbortSignal): Promise<void> {
  const serveraddress = image.split('/', 1)[0]
  const authconfig = credential && { ...credential, serveraddress }
  const progress = await docker.pull(image, { ...(authconfig ? { authconfig } : {}), abortSignal: signal })
  const messages = await new Promise<PullMessage[]>((resolve, reject) =>
    docker.modem.followProgress(progress, (error: Error | null, output: PullMessage[]) =>
      error ? reject(error) : resolve(output),
    ),
  )
  const failed = messages.find(({ error }) => error)
  if (failed) throw new Error(failed.error)
}

/** A registry that does not answer is one way in which a pull fails. */
function nameFailure(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.code !== 'registry-unreachable') return error
  return new EngineError('image-pull-failed', {
    ...(error.diagnosis ? { diagnosis: error.diagnosis } : {}),
    cause: error,
  })
}
