import { type WorkContext, withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { saveImage } from '../client/large-files.ts'
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
    const saved = await saveImage(from, name, ends)
    try {
      const loading = await to.loadImage(saved, { quiet: true, abortSignal: ends })
      for await (const { error } of readMessages(loading, ends)) if (error) throw new Error(error)
    } finally {
      saved.destroy()
    }
  }
  await callEngine(copy, 'builder-failed', signal)
}
