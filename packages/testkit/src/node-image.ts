import type Docker from 'dockerode'
import { importImage, packBaseEntries } from './base-image.ts'
import { addPrograms } from './program-image.ts'

/** Stands in for `node:24-alpine` where no image can be pulled: the Node that runs this, beside busybox. */
export async function makeNodeImage(docker: Docker, reference: string): Promise<void> {
  const tar = packBaseEntries()
  addPrograms(tar, { '/usr/local/bin/node': process.execPath })
  tar.finalize()
  await importImage(docker, reference, tar, ['ENV PATH=/usr/local/bin:/usr/bin:/bin', 'CMD ["node"]'])
}
