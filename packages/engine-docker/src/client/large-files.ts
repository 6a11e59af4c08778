import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { callEngine } from '../failure/translate.ts'

/**
 * An image as a stream, in the form of `docker save`. The client's own call for it takes no signal, and an engine answers only once it has
 * collected all layers.
 */
export function saveImage(docker: Docker, name: string, abortSignal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const statusCodes = { 200: true, 404: 'no such image', 500: 'server error' }
    const request = { path: `/images/${name}/get`, method: 'GET', isStream: true, abortSignal, statusCodes }
    docker.modem.dial(request, (error, data) => (error ? reject(error) : resolve(data as Readable)))
  })
}

/** Writes an image into a file of this machine. */
export async function saveImageAs(docker: Docker, name: string, path: string, signal: AbortSignal): Promise<void> {
  const save = async () => pipeline(await saveImage(docker, name, signal), createWriteStream(path), { signal })
  await callEngine(save, undefined, signal)
}

/** A file of this machine, and where it goes. */
interface Copy {
  path: string
  folder: string
  name: string
}

/** Copies a file of any size into a container, which need not run, to be read by all. */
export async function copyIn(
  container: Docker.Container,
  { path, folder, name }: Copy,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await stat(path)
  const tar = pack()
  const send = async () => {
    await pipeline(createReadStream(path), tar.entry({ name, size, mode: 0o444 }), { signal })
    tar.finalize()
  }
  const take = () =>
    container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: folder, abortSignal: signal })
  const both = () => Promise.all([take(), send()])
  await callEngine(both, undefined, signal).finally(() => tar.destroy())
}
