import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobDetailView } from '@stevedore/contract'
import {
  baseImage,
  buildFixtureImage,
  clearEngine,
  createRepository,
  ensureBaseImage,
  ensureProxyImage,
  findFreePort,
  openTestDocker,
  pushFixtureImage,
  removeImages,
  startPostgres,
  startRedis,
  startRegistry,
  type TestRedis,
  waitUntil,
} from '@stevedore/testkit'
import { expect } from 'vitest'
import { type Ended, readJson, runCommand } from '../../e2e/command.ts'
import { type ApiProcess, startApiProcess } from '../../harness/api-process.ts'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'

export const environment = 'production'
type Settings = Record<string, string>

/** What outlives a server that is lost: Docker with what runs there, Redis, the registry, and what its operator keeps elsewhere. */
export interface RecoveryStage {
  /** No other app on this engine is called so. */
  app: string
  /** The port of the app. */
  port: number
  redis: TestRedis
  /** Where backups go. */
  backups: string
  /** The file of the checkpoints, on storage of its own. */
  checkpoints: string
  /** A server that is empty as yet. */
  openServer(): Promise<Server>
  /** Pushes an image of another app, which answers with that app's name. @returns it by its digest */
  publish(other: string): Promise<string>
  /** Writes a spec of the app, or of another. */
  writeSpec(given?: { app?: string; port?: number; secrets?: string[] }): Promise<string>
  /** The variables of the containers of an app. */
  readVariables(app: string): Promise<string[][]>
  close(): Promise<void>
}

/** A machine with a PostgreSQL and a data folder, and on it what an operator starts. */
export interface Server {
  /** `stevedore …`, on its database and its API. */
  run(...arguments_: string[]): Promise<Ended>
  /** The same with other variables. */
  runWith(settings: Settings, ...arguments_: string[]): Promise<Ended>
  /** What `stevedore … --json` prints. */
  read<T>(...arguments_: string[]): Promise<T>
  /** Asks for a job and leaves it; gives its id. */
  leave(...arguments_: string[]): Promise<string>
  startApi(token?: string): Promise<ApiProcess>
  startWorker(kinds?: string): Promise<StevedoreProcess>
  /** `kill -9` of everything, and its disk is gone. */
  lose(): Promise<void>
}

type Undo = () => Promise<unknown> | unknown

export async function openRecoveryStage(): Promise<RecoveryStage> {
  const undos: Undo[] = []
  const docker = openTestDocker()
  const app = `drill-${randomBytes(3).toString('hex')}`
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-drill-'))
  undos.push(() => rm(dir, { recursive: true, force: true }))
  const [registry, redis] = await Promise.all([startRegistry(), startRedis()])
  undos.push(registry.stop, redis.stop, () => clearDocker(docker, app, registry.host))
  await ensureBaseImage(docker)
  const repository = createRepository({ dir: join(dir, 'source') })
  await release(repository)
  const port = await findFreePort()
  const [backups, checkpoints] = [join(dir, 'backups'), join(dir, 'kept/checkpoints')]
  await mkdir(join(dir, 'kept'))
  const shared = {
    ...(await chooseSettings(app, await ensureProxyImage(docker))),
    REDIS_URL: redis.url,
    STEVEDORE_AUDIT_CHECKPOINTS: checkpoints,
  }
  return {
    ...{ app, port, redis, backups, checkpoints },
    async openServer() {
      const dataDir = await mkdtemp(join(dir, 'data-'))
      const server = await openServer({ ...shared, STEVEDORE_DATA_DIR: dataDir })
      undos.push(server.lose)
      return server
    },
    async publish(other) {
      const name = `${registry.host}/${other}`
      await buildFixtureImage(docker, { reference: `${name}:1`, version: other })
      return `${name}@${await pushFixtureImage(docker, `${name}:1`)}`
    },
    async writeSpec(given = {}) {
      const declared = { app, port, ...given }
      const path = join(dir, `${declared.app}.json`)
      const spec = describeApp(declared, repository.url, { registry: registry.host, name: declared.app })
      await writeFile(path, JSON.stringify(spec))
      return path
    },
    async readVariables(of) {
      const containers = await docker.listContainers({ filters: { label: [`io.stevedore.app=${of}`] } })
      const found = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect()))
      return found.map(({ Config }) => Config.Env)
    },
    async close() {
      for (const undo of undos.reverse()) await undo()
    },
  }
}

/** All that a second server is given as well. */
async function chooseSettings(name: string, proxyImage: string): Promise<Settings> {
  const [http, https, admin] = await Promise.all([1, 2, 3].map(findFreePort))
  return {
    STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64'),
    STEVEDORE_AUDIT_KEY: randomBytes(32).toString('base64'),
    STEVEDORE_AUDIT_SECONDS: '1',
    STEVEDORE_BUILDER: 'engine',
    STEVEDORE_DOCKER_NETWORK: name,
    STEVEDORE_PROXY_IMAGE: proxyImage,
    STEVEDORE_PROXY_NAME: `${name}-proxy`,
    STEVEDORE_PROXY_HTTP_PORT: String(http),
    STEVEDORE_PROXY_HTTPS_PORT: String(https),
    STEVEDORE_PROXY_ADMIN_PORT: String(admin),
    ALLOW_FILE_SOURCES: 'true',
    LOG_LEVEL: 'info',
  }
}

/** Both versions, of which nothing but what they answer differs. */
async function release(repository: ReturnType<typeof createRepository>): Promise<void> {
  const example = join(import.meta.dirname, '../../../examples/hello')
  await cp(example, repository.dir, { recursive: true })
  const dockerfile = await readFile(join(example, 'Dockerfile'), 'utf8')
  repository.commit({ Dockerfile: dockerfile.replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${baseImage}`) })
}

interface Declared {
  app: string
  port: number
  secrets?: string[]
}

function describeApp({ app, port, secrets = [] }: Declared, git: string, image: object) {
  const settings = {
    ...{ engine: 'docker', port, replicas: 1, containerPort: 8_080, secrets },
    health: { path: '/health', interval: '200ms', threshold: 2, deadline: '60s' },
    drain: '2s',
  }
  return { app, source: { git, ref: 'main' }, image, environments: { [environment]: settings } }
}

async function openServer(env: Settings): Promise<Server> {
  const postgres = await startPostgres()
  const given: Settings = { ...env, DATABASE_URL: postgres.url }
  const processes: { kill(): Promise<unknown> }[] = []
  const server: Server = {
    run: (...arguments_) => runCommand(given, ...arguments_),
    runWith: (settings, ...arguments_) => runCommand({ ...given, ...settings }, ...arguments_),
    read: (...arguments_) => readJson(given, ...arguments_),
    async leave(...arguments_) {
      const { id } = await readJson<JobDetailView>(given, ...arguments_, '--detach')
      return id
    },
    async startApi(token) {
      const api = await startApiProcess({ databaseUrl: postgres.url, env: given, ...(token && { token }) })
      processes.push(api)
      Object.assign(given, { STEVEDORE_URL: api.address, STEVEDORE_TOKEN: token ?? api.firstToken ?? '' })
      return api
    },
    async startWorker(kinds = 'build,push,deploy,rollback') {
      const worker = startStevedoreProcess(['worker', '--kinds', kinds], given)
      processes.push({ kill: () => killWorker(worker) })
      await worker.waitForLine(/"message":"worker started"/)
      return worker
    },
    async lose() {
      await Promise.all(processes.map((process) => process.kill()))
      await postgres.stop()
    },
  }
  return server
}

async function killWorker(worker: StevedoreProcess): Promise<void> {
  worker.signal('SIGKILL')
  await worker.ended
}

/** The one backup of the folder. */
export async function findBackup(folder: string): Promise<string> {
  const names = await readdir(folder)
  expect(names).toHaveLength(1)
  return join(folder, names[0]!)
}

/** Until the transport holds the message of a job’s first attempt. */
export async function awaitMessage({ redis }: RecoveryStage, jobId: string): Promise<void> {
  const key = `stevedore:deploy:j_${jobId}-1`
  await waitUntil('the message to stand in Redis', async () => (await redis.command(`EXISTS ${key}`)) === ':1', {
    timeoutMs: 60_000,
  })
}

/** Until the newest checkpoint is of an entry beyond this one. */
export async function awaitCheckpoint({ checkpoints }: RecoveryStage, seq: number): Promise<void> {
  const isBeyond = async () => {
    const lines = (await readFile(checkpoints, 'utf8').catch(() => '')).trim().split('\n')
    const newest = lines.at(-1)
    return Boolean(newest) && JSON.parse(newest!).seq > seq
  }
  await waitUntil(`a checkpoint beyond entry ${seq}`, isBeyond, { timeoutMs: 60_000 })
}

async function clearDocker(docker: ReturnType<typeof openTestDocker>, app: string, registry: string): Promise<void> {
  const gone = () => {}
  for (const name of [app, `${app}-beside`, `${app}-after`]) {
    await clearEngine(docker, `io.stevedore.app=${name}`)
    await removeImages(docker, `${registry}/${name}`)
  }
  await docker.getContainer(`${app}-proxy`).remove({ force: true, v: true }).catch(gone)
  await docker.getVolume(`${app}-proxy`).remove({ force: true }).catch(gone)
  await docker.getNetwork(app).remove().catch(gone)
}
