import type Docker from 'dockerode'
import { importImage, packBaseEntries } from './base-image.ts'
import { type Component, findProgram } from './component.ts'
import { addPrograms } from './program-image.ts'

/** Stands in for `haproxy:3.2-alpine` where no image can be pulled: the distribution's HAProxy beside busybox. */
const localProxyImage = 'stevedore/haproxy:local'

export const haproxyComponent: Component = {
  name: 'HAProxy',
  found: findProgram('haproxy') !== undefined,
  bring: 'apt-get install haproxy',
}

/** Makes `localProxyImage` of the machine's HAProxy unless the engine has it. */
export async function ensureProxyImage(docker: Docker): Promise<string> {
  const image = docker.getImage(localProxyImage)
  if (await image.inspect().then(Boolean, () => false)) return localProxyImage
  // Looked for again, since it may have been installed meanwhile.
  const program = findProgram('haproxy')
  if (!program) throw new Error(`no HAProxy here; bring it with: ${haproxyComponent.bring}`)
  const tar = packBaseEntries()
  addPrograms(tar, { '/usr/sbin/haproxy': program })
  tar.finalize()
  await importImage(docker, localProxyImage, tar, ['CMD ["haproxy"]'])
  return localProxyImage
}
