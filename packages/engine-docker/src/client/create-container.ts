import { FailureError } from '@stevedore/contract'
import { pollUntil, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

const createMs = 60_000

/**
 * Makes a container that several may make at once. Docker keeps a name from its first asking on, while nothing else can be done with it until
 * the container is there: who comes second waits for that.
 * @throws FailureError `proxy-failed`, `builder-failed` (the fallback), `engine-slow`, …
 */
export async function createShared(
  docker: Docker,
  spec: Docker.ContainerCreateOptions & { name: string },
  fallback: 'proxy-failed' | 'builder-failed',
  { signal }: Pick<WorkContext, 'signal'>,
): Promise<void> {
  const made = await callEngine(() => docker.createContainer(spec).catch(ignoreStatus(409)), fallback)
  if (made) return
  const find = () => callEngine(() => docker.getContainer(spec.name).inspect().catch(ignoreStatus(404)), fallback)
  if (await pollUntil(find, { deadlineMs: createMs, intervalMs: 100, signal })) return
  const diagnosis = `the container ${spec.name} was not made within ${createMs / 1_000} s`
  throw new FailureError('engine-slow', { diagnosis })
}
