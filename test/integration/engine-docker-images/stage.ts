import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ImageBuild } from '@stevedore/engine'
import type { BuilderSettings } from '@stevedore/engine-docker'
import { builderImage, ensureBuilderImage, openTestDocker, removeImages } from '@stevedore/testkit'
import { afterAll, beforeAll } from 'vitest'

/** What a build of these tests is made from: a folder that goes with the test file. */
export interface Stage {
  docker: ReturnType<typeof openTestDocker>
  /** A repository name that no other test uses. */
  repository: string
  /** Writes a context (`{ link: '…' }` makes a symbolic link) and gives a build of it. */
  describeBuild(files: Record<string, string | { link: string }>, more?: Partial<ImageBuild>): ImageBuild
  /** What a command prints in a container of an image. */
  runInImage(image: string, ...command: string[]): Promise<string>
}

/** A builder of a test file's own, which goes with it. */
export function openTestBuilder(docker: Stage['docker'], more: Partial<BuilderSettings> = {}): BuilderSettings {
  const name = `stevedore-builder-${randomUUID().slice(0, 8)}`
  beforeAll(() => ensureBuilderImage(docker))
  afterAll(() => removeBuilder(docker, name))
  const limits = { memoryBytes: 256 * 2 ** 20, cpus: 2, processes: 256 }
  return { mode: 'contained', name, image: builderImage, limits, networks: [], ...more }
}

async function removeBuilder(docker: Stage['docker'], name: string): Promise<void> {
  await docker.getContainer(name).remove({ force: true }).catch(ignoreAbsent)
  await docker.getVolume(name).remove().catch(ignoreAbsent)
}

function ignoreAbsent(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error
}

/** The registries of these tests are on this machine. */
export const nearRegistries = { listAllowedHosts: async () => ['127.0.0.1'] }

export function openStage(): Stage {
  const docker = openTestDocker()
  let root = ''
  const repository = `stevedore.test/images-${randomUUID().slice(0, 8)}`
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'stevedore-images-'))
  })
  afterAll(async () => {
    await removeImages(docker, repository)
    rmSync(root, { recursive: true, force: true })
  })
  return {
    docker,
    repository,
    runInImage: (image, ...command) => runInImage(docker, image, command),
    describeBuild(files, more = {}) {
      const id = randomUUID()
      const contextDir = join(root, id)
      for (const [path, content] of Object.entries(files)) writeEntry(join(contextDir, path), content)
      const tags = [`${repository}:${id}-production`, `${repository}:${id}-latest`]
      return {
        ...{
          app: 'shop',
          contextDir,
          dockerfile: 'Dockerfile',
          target: undefined,
          tags,
          labels: {},
          args: {},
          secrets: {},
        },
        ...{
          noCache: false,
          cacheScope: 'main',
          reach: {
            addresses: true,
            foreign: [],
            frontends: [],
            registries: [],
            allowedHosts: ['127.0.0.1', 'localhost'],
            maxBytes: 2 ** 20,
          },
          ...more,
        },
      }
    },
  }
}

async function runInImage(docker: Stage['docker'], image: string, command: string[]): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: command, Tty: true })
  try {
    const output = await container.attach({ stream: true, stdout: true, stderr: true })
    await container.start()
    let text = ''
    for await (const chunk of output) text += chunk
    return text.replaceAll('\r', '')
  } finally {
    await container.remove({ force: true })
  }
}

function writeEntry(path: string, content: string | { link: string }): void {
  mkdirSync(dirname(path), { recursive: true })
  if (typeof content === 'string') writeFileSync(path, content)
  else symlinkSync(content.link, path)
}

/** Whether any process of the machine has this in its command line; a build's steps are among them. */
export function isRunning(text: string): boolean {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .some((pid) => readCommandLine(pid).startsWith(text))
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
