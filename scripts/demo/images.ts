import { baseImage, ensureBaseImage, ensureProxyImage, openTestDocker } from '@stevedore/testkit'
import { prepare } from '../prepare/prepare.ts'
import { busybox, haproxy } from '../prepare/programs.ts'

const published = { base: 'busybox:stable-musl', proxy: 'haproxy:3.2-alpine' }
const pullTimeoutMs = 60_000

export interface Images {
  base: string
  proxy: string
  /** Removes those that were made here; what was pulled stays. */
  remove(): Promise<void>
}

/** The published images where the engine has or can pull them; else the same programs of this machine, made into images. */
export async function bringImages(): Promise<Images> {
  if ((await pull(published.base)) && (await pull(published.proxy))) return { ...published, remove: async () => {} }
  console.log('No image can be pulled here: the base and the proxy are made of programs of this machine.')
  const missing = await prepare([busybox, haproxy])
  if (missing.length > 0) throw new Error(`${missing.map(({ name }) => name).join(' and ')} is missing`)
  const docker = openTestDocker()
  const before = await listTags()
  await ensureBaseImage(docker)
  const proxy = await ensureProxyImage(docker)
  const made = [baseImage, proxy].filter((tag) => !before.includes(tag))
  return {
    base: baseImage,
    proxy,
    remove: async () => void (await Promise.allSettled(made.map((tag) => docker.getImage(tag).remove()))),
  }
}

async function pull(image: string): Promise<boolean> {
  const docker = openTestDocker()
  if ((await listTags()).includes(image)) return true
  try {
    const progress = await docker.pull(image, { abortSignal: AbortSignal.timeout(pullTimeoutMs) })
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()))
    })
    return true
  } catch {
    // Without a registry, or too late: the images are made here then.
    return false
  }
}

async function listTags(): Promise<string[]> {
  return (await openTestDocker().listImages()).flatMap((image) => image.RepoTags ?? [])
}
