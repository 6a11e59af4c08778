import type Docker from 'dockerode'
import { extract, pack } from 'tar-stream'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

/** Text files by path, relative to a folder of a container. A path that ends in a slash is a folder. */
export type TextFiles = Record<string, string>

/** Puts files into a folder that exists; those of the same name are replaced. The container need not run. */
export async function writeFiles(
  container: Docker.Container,
  folder: string,
  files: TextFiles,
  mode = 0o600,
): Promise<void> {
  const tar = pack()
  for (const [name, text] of Object.entries(files))
    if (name.endsWith('/')) tar.entry({ name, type: 'directory', mode: 0o755 })
    else tar.entry({ name, mode }, text)
  tar.finalize()
  await callEngine(() => container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: folder }))
}

/** The files of a folder, without its subfolders; empty when there is no such folder. */
export async function readFiles(container: Docker.Container, folder: string): Promise<TextFiles> {
  return callEngine(async () => {
    const stream = await container.getArchive({ path: `${folder}/.` }).catch(ignoreStatus(404))
    return stream ? unpack(stream) : {}
  })
}

/** More than any list of accounts takes: what a foreign image holds is not read without an end. */
const maxFileBytes = 2 ** 20

/** A plain file of at most so much, 1 MiB where nothing is said; undefined for anything else. The container need not run. */
export async function readFile(
  container: Docker.Container,
  path: string,
  maxBytes = maxFileBytes,
): Promise<string | undefined> {
  return callEngine(async () => {
    const stream = await container.getArchive({ path }).catch(ignoreStatus(404))
    return stream && (await unpack(stream, maxBytes))[path.slice(path.lastIndexOf('/') + 1)]
  })
}

async function unpack(stream: NodeJS.ReadableStream, maxBytes = Number.POSITIVE_INFINITY): Promise<TextFiles> {
  const files: TextFiles = {}
  const tar = stream.pipe(extract())
  stream.once('error', (error) => tar.destroy(error))
  for await (const entry of tar) {
    const name = entry.header.name.replace(/^\.\//, '')
    const chunks: Buffer[] = []
    const { type, size = 0 } = entry.header
    for await (const chunk of entry) if (size <= maxBytes) chunks.push(chunk as Buffer)
    if (type === 'file' && size <= maxBytes && !name.includes('/')) files[name] = Buffer.concat(chunks).toString('utf8')
  }
  return files
}
