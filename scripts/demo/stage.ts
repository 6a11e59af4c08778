import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRepository, findFreePort, startRegistry, type TestRepository } from '@stevedore/testkit'
import { clearDocker } from './clear-docker.ts'
import type { Settings } from './command.ts'
import { bringImages } from './images.ts'
import { type StevedoreServer, startStevedore } from './start-stevedore.ts'

/** Everything that the story plays on, all of it this run's own. */
export interface Stage {
  /** Of `examples/`. */
  example: string
  /** A name that nothing else on this Docker engine has. */
  app: string
  dir: string
  repository: TestRepository
  /** `127.0.0.1:PORT`. */
  registry: string
  baseImage: string
  /** Where the app will answer. */
  port: number
  server: StevedoreServer
  /** What the command finds the server by. */
  settings: Settings
  /** Ends and removes all of it. */
  clear(): Promise<void>
}

type Undo = () => Promise<unknown> | unknown

/** Sets the stage, and clears it again when that fails. @param more of the server’s settings @param example of `examples/`, that is played */
export async function setStage(more: Settings = {}, example = 'hello'): Promise<Stage> {
  const undos: Undo[] = []
  const clear = async () => {
    for (const undo of undos.splice(0).reverse())
      await Promise.resolve(undo()).catch((error: Error) => console.error(`While clearing up: ${error.message}`))
  }
  try {
    return { ...(await bringParts(undos, more, example)), clear }
  } catch (error) {
    await clear()
    throw error
  }
}

async function bringParts(undos: Undo[], more: Settings, example: string): Promise<Omit<Stage, 'clear'>> {
  const id = randomBytes(2).toString('hex')
  const app = `${example}-${id}`
  const proxyName = `stevedore-demo-${id}`
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-demo-'))
  undos.push(() => rm(dir, { recursive: true, force: true }))
  const images = await bringImages()
  undos.push(images.remove)
  const registry = await startRegistry()
  undos.push(registry.stop)
  undos.push(() => clearDocker({ app, proxyName, repository: `${registry.host}/stevedore/${example}` }))
  const settings = { ...(await chooseSettings(dir, proxyName, images.proxy)), ...more }
  const server = await startStevedore(dir, settings)
  undos.push(server.stop)
  const repository = createRepository({ dir: join(dir, example) })
  const port = await findFreePort()
  return { example, app, dir, repository, registry: registry.host, baseImage: images.base, port, server, settings }
}

/** The embedded default: no Redis and no PostgreSQL is given, whatever this shell has set. */
async function chooseSettings(dir: string, proxyName: string, proxyImage: string): Promise<Settings> {
  const [port, http, https, admin] = await Promise.all(Array.from({ length: 4 }, findFreePort))
  return {
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    STEVEDORE_URL: undefined,
    STEVEDORE_TOKEN: undefined,
    STEVEDORE_ENV: 'development',
    PORT: String(port),
    STEVEDORE_DATA_DIR: join(dir, 'data'),
    STEVEDORE_PROXY_IMAGE: proxyImage,
    // The container that builds run in has an image of 150 MB, which the example's need not wait for.
    STEVEDORE_BUILDER: 'engine',
    STEVEDORE_PROXY_NAME: proxyName,
    STEVEDORE_DOCKER_NETWORK: proxyName,
    STEVEDORE_PROXY_HTTP_PORT: String(http),
    STEVEDORE_PROXY_HTTPS_PORT: String(https),
    STEVEDORE_PROXY_ADMIN_PORT: String(admin),
    LOG_LEVEL: 'info',
  }
}
