import type { Release, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { hasImage, pullReference } from './pull.ts'

/** Brings a release's image, by digest, unless the engine has it. */
export async function pullImage(docker: Docker, { image, credential }: Release, context: WorkContext): Promise<void> {
  if (await hasImage(docker, image)) return
  await context.fence()
  context.log(`pulling ${image}`)
  await pullReference(docker, image, credential, context.signal)
}
