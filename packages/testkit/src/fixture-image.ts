import { readFileSync } from 'node:fs'
import type Docker from 'dockerode'
import { importImage, packBaseEntries } from './base-image.ts'

/**
 * `healthy`; `crash`: exits 3 at once; `never-healthy`: /health is 404; `slow-start`: listens after 4 s; `healthy-then-dies`: exits 4
 * after 5 s; `errors`: a third of the requests to / are answered 500.
 */
export type FixtureBehaviour = 'healthy' | 'crash' | 'never-healthy' | 'slow-start' | 'healthy-then-dies' | 'errors'

export interface FixtureImage {
  /** `127.0.0.1:40000/acme/shop:1.0.0`. */
  reference: string
  /** What `GET /version` answers. */
  version: string
  behaviour?: FixtureBehaviour
  labels?: Record<string, string>
}

const readExample = (file: string) => readFileSync(new URL(`../../../examples/hello/${file}`, import.meta.url))

/**
 * Makes an image of examples/hello as its `production` stage would be, without a build. It serves on 8080 as user 1000, works on a
 * read-only root, and ends within a second of SIGTERM.
 */
export async function buildFixtureImage(
  docker: Docker,
  { reference, version, behaviour = 'healthy', labels = {} }: FixtureImage,
): Promise<void> {
  const tar = packBaseEntries()
  tar.entry({ name: 'app/serve', mode: 0o755 }, readExample('serve'))
  for (const [name, content, mode] of listPages(version, behaviour))
    tar.entry({ name: `app/${name}`, mode: mode ?? 0o644 }, content)
  tar.finalize()
  await importImage(docker, reference, tar, [
    'WORKDIR /app',
    'USER 1000',
    'EXPOSE 8080',
    'CMD ["./serve"]',
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`),
  ])
}

function listPages(
  version: string,
  behaviour: FixtureBehaviour,
): [name: string, content: string | Buffer, mode?: number][] {
  const front: [string, string | Buffer, number?] =
    behaviour === 'errors'
      ? ['www/cgi-bin/index.cgi', readExample('site/flaky.cgi'), 0o755]
      : ['www/index.html', `hello ${version}\n`]
  const health: [string, string][] = behaviour === 'never-healthy' ? [] : [['www/health', 'ok\n']]
  return [['behaviour', `${behaviour}\n`], ['www/version', `${version}\n`], front, ...health]
}

/** Pushes a local image to a registry that needs no sign-in; gives the registry's digest, `sha256:…`. */
export async function pushFixtureImage(docker: Docker, reference: string): Promise<string> {
  const progress = await docker
    .getImage(reference)
    .push({ authconfig: { username: '', password: '', serveraddress: '' } })
  const messages = await new Promise<PushMessage[]>((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null, output: PushMessage[]) =>
      error ? reject(error) : resolve(output),
    )
  })
  const failure = messages.find((message) => message.error)?.error
  const digest = messages.find((message) => message.aux?.Digest)?.aux?.Digest
  if (failure || !digest) throw new Error(`could not push ${reference}: ${failure ?? 'no digest'}`)
  return digest
}

interface PushMessage {
  error?: string
  aux?: { Digest?: string }
}
