import { labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'

/**
 * Removes the images that a lost build left without a tag. Its containers need no reaping, since an engine ends a build whose client
 * is gone; they could not be told apart either: a container inherits the labels of its image, whoever started it.
 */
export async function reapBuild(docker: Docker, jobId: string, signal: AbortSignal): Promise<void> {
  const filters = { label: [`${labelKeys.job}=${jobId}`], dangling: ['true'] }
  const images = await callEngine(() => docker.listImages({ filters, abortSignal: signal }), undefined, signal)
  await Promise.allSettled(images.map(({ Id }) => docker.getImage(Id).remove()))
}
