import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFinal } from '@stevedore/contract'
import { type Job, type Ledger, listSteps, openLedger, type Step } from '@stevedore/ledger'
import { createRepository, createTestDatabase, waitForJob, waitOnLedger, waitUntil } from '@stevedore/testkit'
import { root } from '../harness/releases.ts'
import { type StevedoreProcess, watchProcess } from '../harness/stevedore-process.ts'
import { type Deed, openScript, type Script } from './script.ts'

/** Workers as processes of their own over one ledger and transport, and a script that says where they are held. */
export interface Stage {
  ledger: Ledger
  databaseUrl: string
  /** What its workers are given. */
  serviceUrl: string
  /** Of all its workers. */
  dataDir: string
  script: Script
  /** A source to build, for a spec. */
  git: string
  /** @param env beside the stage's, such as `GRACE_MS`; @param tree the checkout whose code it runs, when not this one */
  startWorker(env?: Record<string, string>, tree?: string): Promise<StevedoreProcess>
  /** Waits for a deed that fits and gives it. */
  deed(fits: Partial<Deed>): Promise<Deed>
  /** Waits for a step of the job that fits and gives it. */
  step(jobId: string, fits: Partial<Step>): Promise<Step>
  /** Waits for the job's end and gives it. */
  end(jobId: string, withinMs?: number): Promise<Job>
  close(): Promise<void>
}

/** Short, so that a lost worker is soon noticed, and yet longer than a busy machine keeps a worker from renewing it. */
export const leaseMs = 4_000
const workerFile = fileURLToPath(new URL('worker-process.ts', import.meta.url))
/** Workers start many times here: what Node compiled once is kept. */
const compileCache = join(root, 'node_modules/.cache/chaos')

/** Without `redisUrl` the database is the transport; without `databaseUrl` it is one of the stage's own. Both are migrated by then. */
export async function openStage(
  given: { redisUrl?: string | undefined; databaseUrl?: string; pauseMs?: number } = {},
): Promise<Stage> {
  const database = given.databaseUrl
    ? { url: given.databaseUrl, serviceUrl: given.databaseUrl, drop: async () => {} }
    : await createTestDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-chaos-'))
  const repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  const ledger = openLedger({ url: database.serviceUrl, onError() {} })
  const script = openScript(join(dir, 'script'))
  const workers: StevedoreProcess[] = []
  const env = {
    DATABASE_URL: database.serviceUrl,
    ...(given.redisUrl && { REDIS_URL: given.redisUrl }),
    STEVEDORE_DATA_DIR: dir,
    ALLOW_FILE_SOURCES: 'true',
    ALLOWED_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'info',
    LEASE_MS: String(leaseMs),
  }
  return {
    ledger,
    databaseUrl: database.url,
    serviceUrl: database.serviceUrl,
    dataDir: dir,
    script,
    git: repository.url,
    async startWorker(more = {}, tree = root) {
      const worker = forkWorker(tree, [join(dir, 'script'), String(given.pauseMs ?? 0)], { ...env, ...more })
      workers.push(worker)
      // `msg` is how 0.1.0 wrote it.
      await worker.waitForLine(/"(message|msg)":"working"/)
      return worker
    },
    deed: (fits) =>
      waitUntil(`the deed ${JSON.stringify(fits)}`, () => script.deeds().find((deed) => matches(deed, fits)), {
        timeoutMs: 30_000,
      }),
    step: (jobId, fits) => awaitStep(ledger, jobId, fits),
    end: (jobId, timeoutMs = 60_000) => waitForJob(ledger, jobId, ({ state }) => isFinal(state), { timeoutMs }),
    async close() {
      for (const worker of workers) worker.signal('SIGKILL')
      await Promise.all(workers.map(({ ended }) => ended))
      await ledger.close()
      await database.drop()
      repository.remove()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function awaitStep(ledger: Ledger, jobId: string, fits: Partial<Step>): Promise<Step> {
  const find = async () => (await listSteps(ledger, jobId)).find((step) => matches(step, fits))
  const found = await waitOnLedger(ledger, find, { jobId, timeoutMs: 30_000 })
  if (found) return found
  throw new Error(`waited 30 s in vain for a step that is ${JSON.stringify(fits)}`)
}

/** What a worker's engines do is written as that checkout's `script.ts` has it: all versions read it alike. */
function forkWorker(tree: string, arguments_: string[], env: Record<string, string>): StevedoreProcess {
  return watchProcess(
    fork(join(tree, relative(root, workerFile)), arguments_, {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  )
}

function matches<T extends object>(found: T, fits: Partial<T>): boolean {
  return Object.entries(fits).every(([key, value]) => found[key as keyof T] === value)
}
