import { labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { additionsOf, builtOf } from '../builder/names.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

/** 404: absent; 409: a container uses it. Both are as good as done. */
export async function removeReferences(docker: Docker, references: string[], signal: AbortSignal): Promise<void> {
  for (const reference of references) {
    const remove = () => docker.getImage(reference).remove({ abortSignal: signal })
    await callEngine(() => remove().catch(ignoreStatus(404, 409)), 'internal', signal)
  }
}

/**
 * Removes the images that a lost build left without a tag, those that held its additions, and what it built and did not name. Its containers need no reaping, since an engine ends a build whose client
 * is gone; they could not be told apart either: a container inherits the labels of its image, whoever started it.
 */
export async function reapBuild(docker: Docker, jobId: string, signal: AbortSignal): Promise<void> {
  const filters = { label: [`${labelKeys.job}=${jobId}`], dangling: ['true'] }
  const own = { reference: [`${additionsOf(jobId)}*`, `${builtOf(jobId)}*`] }
  const list = (wanted: typeof filters | typeof own) =>
    callEngine(() => docker.listImages({ filters: wanted, abortSignal: signal }), undefined, signal)
  const images = [...(await list(filters)), ...(await list(own))]
  // An image that does not go is left: it must not keep a build from its next attempt.
  for (const { Id } of images) await removeReferences(docker, [Id], signal).catch(() => signal.throwIfAborted())
}
