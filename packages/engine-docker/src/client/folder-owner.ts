import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { extract, pack } from 'tar-stream'
import { callEngine } from '../failure/translate.ts'

/** Who has a folder, and who may what in it. */
export interface FolderOwner {
  uid: number
  gid: number
  mode: number
}

/** Of a folder of a container, which need not run. What is in it may be much, and is not read. */
export async function readOwner(container: Docker.Container, path: string): Promise<FolderOwner> {
  return callEngine(async () => {
    const stream = (await container.getArchive({ path })) as Readable
    const tar = stream.pipe(extract())
    stream.once('error', (error) => tar.destroy(error))
    try {
      for await (const { header } of tar) {
        const { uid = 0, gid = 0, mode = 0o755 } = header
        return { uid, gid, mode: mode & 0o7777 }
      }
      throw new Error(`${path} cannot be read`)
    } finally {
      stream.destroy()
    }
  })
}

/** Changes the folder alone. The root of the container must be writable. */
export async function writeOwner(container: Docker.Container, path: string, owner: FolderOwner): Promise<void> {
  const tar = pack()
  tar.entry({ name: `${path.slice(1)}/`, type: 'directory', ...owner })
  tar.finalize()
  await callEngine(() => container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/' }))
}
