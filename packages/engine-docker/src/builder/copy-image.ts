import type { Readable } from 'node:stream'
import { type WorkContext, withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readMessages } from '../client/messages.ts'
import { callEngine } from '../failure/translate.ts'

/** For an image of many gigabytes between busy engines. */
const copyMs = 30 * 60_000

/** Copies an image from one engine to another under the name that it is asked for by; layers that are there are kept. */
export async function copyImage(
  from: Docker,
  to: Docker,
  name: string,
  { signal }: Pick<WorkContext, 'signal'>,
): Promise<void> {
  const ends = withinMs(copyMs, signal)
  const copy = async () => {
    const saved = await save(from, name, ends)
    try {
      const loading = await to.loadImage(saved, { quiet: true, abortSignal: ends })
      for await (const { error } of readMessages(loading, ends)) if (error) throw new Error(error)
    } finally {
      saved.destroy()
    }
  }
  await callEngine(copy, 'builder-failed', signal)
}

/** The client's own call for it takes no signal, and an engine answers only once it has collected all layers. */
function save(docker: Docker, name: string, abortSignal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const statusCodes = { 200: true, 404: 'no such image', 500: 'server error' }
    const request = { path: `/images/${name}/get`, method: 'GET', isStream: true, abortSignal, statusCodes }
    docker.modem.dial(request, (error, data) => (error ? reject(error) : resolve(data as Readable)))
  })
}
