import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FetchedFile } from '@stevedore/source'
import type Docker from 'dockerode'
import { type Pack, pack } from 'tar-stream'
import { readMessages } from '../client/messages.ts'
import { packFolder } from '../client/pack-context.ts'
import { callEngine } from '../failure/translate.ts'

/** What was fetched for an ADD, and its path in the image that a COPY takes it from. */
export type Brought = { entry: string } & (FetchedFile | { folder: string })

/** Makes an image of what was fetched. */
export async function importAdditions(
  docker: Docker,
  image: string,
  brought: readonly Brought[],
  signal: AbortSignal,
): Promise<void> {
  const tar = pack()
  const [repo, tag] = [image.slice(0, image.lastIndexOf(':')), image.slice(image.lastIndexOf(':') + 1)]
  const load = async () => {
    void packAll(tar, brought).then(
      () => tar.finalize(),
      (error) => tar.destroy(error),
    )
    const stream = await docker.importImage(Readable.from(tar), { repo, tag, abortSignal: signal })
    for await (const { error } of readMessages(stream, signal)) if (error) throw new Error(error)
  }
  await callEngine(load, 'engine-unreachable', signal)
}

async function packAll(tar: Pack, brought: readonly Brought[]): Promise<void> {
  for (const one of brought)
    if ('folder' in one) await packFolder(tar, one.folder, one.entry)
    else await packFile(tar, one.entry, one)
}

/** Builders give what they fetch to root alone. */
async function packFile(tar: Pack, name: string, { path, bytes: size, changedAt: mtime }: FetchedFile): Promise<void> {
  const entry = tar.entry({ name, size, mtime, mode: 0o600 })
  if (size === 0) entry.end(null)
  else await pipeline(createReadStream(path), entry as unknown as NodeJS.WritableStream)
}
