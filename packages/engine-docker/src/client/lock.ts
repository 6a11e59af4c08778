import { FailureError } from '@stevedore/contract'
import { labelKeys, sleep, type WorkContext, withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

/** The work under the lock ends by itself well before others take the lock for left behind. */
const workMs = 15_000
const abandonedMs = 20_000
const retryMs = 50

/** What is changed by one at a time, and by what image the container can be made that is the lock. */
export interface Lock {
  docker: Docker
  /** `the proxy stevedore-proxy`, for people. */
  what: string
  /** Of the container. */
  name: string
  image: string
  role: 'proxy-lock' | 'network-lock'
}

/**
 * One change of a thing of a host at a time, whoever asks from wherever. The lock is the name of a container that never runs: Docker
 * gives it to one. A worker that was killed leaves it; it is broken when the same one has been in the way for 20 s, or at once by a
 * later attempt of the job that holds it, which only runs when the earlier has lost its right to act. It is removed by id,
 * so that two who break it cannot break each other's next.
 */
export async function holdLock<T>(
  lock: Lock,
  context: WorkContext,
  work: (inner: WorkContext) => Promise<T>,
): Promise<T> {
  const held = await acquire(lock, context)
  const signal = withinMs(workMs, context.signal)
  try {
    return await work({ ...context, signal })
  } catch (error) {
    context.signal.throwIfAborted()
    if (error !== signal.reason) throw error
    throw new FailureError('engine-slow', {
      diagnosis: `a change of ${lock.what} did not end within ${workMs} ms`,
    })
  } finally {
    // One that stays is broken by the next attempt, or by others in time.
    await held.remove({ force: true }).catch(() => undefined)
  }
}

async function acquire(lock: Lock, context: WorkContext): Promise<Docker.Container> {
  for (;;) {
    await context.fence()
    const mine = await create(lock, context.jobId)
    if (mine) return mine
    await awaitRelease(lock, context)
  }
}

async function awaitRelease({ docker, name }: Lock, { jobId, signal }: WorkContext): Promise<void> {
  const first = await inspect(docker, name)
  const since = performance.now()
  for (let holder = first; holder && holder.id === first?.id; holder = await inspect(docker, name)) {
    if (holder.job === jobId || performance.now() - since > abandonedMs) return breakLock(docker, holder.id)
    await sleep(retryMs * (0.5 + Math.random()), signal)
  }
}

/** @returns undefined when another holds the name */
async function create({ docker, name, image, role }: Lock, job: string): Promise<Docker.Container | undefined> {
  const Labels = { [labelKeys.role]: role, [labelKeys.job]: job }
  const spec = { name, Image: image, Cmd: ['true'], Labels, HostConfig: { NetworkMode: 'none' } }
  return callEngine(() => docker.createContainer(spec).catch(ignoreStatus(409)), 'proxy-failed')
}

async function inspect(docker: Docker, name: string): Promise<{ id: string; job: string | undefined } | undefined> {
  const found = await callEngine(() => docker.getContainer(name).inspect().catch(ignoreStatus(404)))
  return found && { id: found.Id, job: found.Config.Labels[labelKeys.job] }
}

/** 404, 409: another worker has broken it, or is about to. */
async function breakLock(docker: Docker, id: string): Promise<void> {
  const remove = () => docker.getContainer(id).remove({ force: true })
  await callEngine(() => remove().catch(ignoreStatus(404, 409)), 'proxy-failed')
}
