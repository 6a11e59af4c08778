import { FailureError, isImageId } from '@stevedore/contract'
import type { RegistryCredential, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus, toFailureError } from '../failure/translate.ts'
import { readMessages } from './messages.ts'

/** The id that a tag or digest means on the engine; undefined when it has no such image. */
export async function findImageId(docker: Docker, reference: string): Promise<string | undefined> {
  const image = await callEngine(() => docker.getImage(reference).inspect().catch(ignoreStatus(404)))
  return image?.Id
}

/**
 * Brings an image unless the engine has it. One that is known by its id alone is on the engine that built it, and nowhere else.
 * @throws FailureError `image-not-on-engine`, `image-missing`, `registry-denied`, `digest-mismatch`, `image-pull-failed`, …
 */
export async function pullImage(
  docker: Docker,
  { image, credential }: { image: string; credential?: RegistryCredential | undefined },
  { signal, fence, log }: WorkContext,
): Promise<void> {
  if (await findImageId(docker, image)) return
  if (isImageId(image)) throw notOnEngine(image)
  await fence()
  log(`pulling ${image}`)
  try {
    const authconfig = credential && { ...credential, serveraddress: image.split('/', 1)[0] }
    const stream = await docker.pull(image, { ...(authconfig ? { authconfig } : {}), abortSignal: signal })
    for await (const { error } of readMessages(stream, signal)) if (error) throw new Error(error)
  } catch (error) {
    throw namePullFailure(toFailureError(error, 'image-pull-failed', signal))
  }
}

function notOnEngine(image: string): FailureError {
  const diagnosis = `${image} was built on the engine of another worker, or has been removed from this one since`
  return new FailureError('image-not-on-engine', { diagnosis })
}

/** A registry that does not answer is one way in which a pull fails; another image than the digest's is never to be tried again. */
function namePullFailure(error: unknown): unknown {
  if (!(error instanceof FailureError)) return error
  const diagnosis = error.diagnosis ?? ''
  if (/verification failed|digest mismatch|unexpected (commit )?digest/i.test(diagnosis))
    return new FailureError('digest-mismatch', { diagnosis, cause: error })
  return error.code === 'registry-unreachable'
    ? new FailureError('image-pull-failed', { diagnosis, cause: error })
    : error
}
