import { FailureError } from '@stevedore/contract'
import type { RegistryCredential } from '@stevedore/engine'
import type Docker from 'dockerode'
import { statusOf, toFailureError } from '../failure/translate.ts'

interface PullMessage {
  error?: string
}

/** @throws FailureError `image-missing`, `registry-denied`, `digest-mismatch`, `image-pull-failed`, … */
export async function pullReference(
  docker: Docker,
  reference: string,
  credential: RegistryCredential | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pull(docker, reference, credential, signal)
  } catch (error) {
    throw nameFailure(toFailureError(error, 'image-pull-failed', signal))
  }
}

export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect()
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw toFailureError(error)
  }
}

async function pull(
  docker: Docker,
  reference: string,
  credential: RegistryCredential | undefined,
  signal: AbortSignal,
): Promise<void> {
  const authconfig = credential && { ...credential, serveraddress: reference.split('/', 1)[0] }
  const progress = await docker.pull(reference, { ...(authconfig ? { authconfig } : {}), abortSignal: signal })
  const messages = await new Promise<PullMessage[]>((resolve, reject) =>
    docker.modem.followProgress(progress, (error: Error | null, output: PullMessage[]) =>
      error ? reject(error) : resolve(output),
    ),
  )
  const failed = messages.find(({ error }) => error)
  if (failed) throw new Error(failed.error)
}

/** A registry that does not answer is one way in which a pull fails; another image than the digest's is never to be tried again. */
function nameFailure(error: unknown): unknown {
  if (!(error instanceof FailureError)) return error
  const diagnosis = error.diagnosis ?? ''
  if (/verification failed|digest mismatch|unexpected (commit )?digest/i.test(diagnosis))
    return new FailureError('digest-mismatch', { diagnosis, cause: error })
  return error.code === 'registry-unreachable'
    ? new FailureError('image-pull-failed', { diagnosis, cause: error })
    : error
}
