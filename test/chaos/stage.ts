import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isFinal } from '@stevedore/contract'
import { getJob, isLedgerAway, type Job, type Ledger, openLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import { createRepository, createTestDatabase } from '@stevedore/testkit'
import { type Deed, openScript, type Script } from './script.ts'

export interface ChaosWorker {
  pid: number
  signal(name: NodeJS.Signals): void
  /** Its exit code; null when a signal ended it. */
  ended: Promise<number | null>
}

/** Workers as processes of their own over one ledger and transport, and a script that says where they are held. */
export interface Stage {
  ledger: Ledger
  databaseUrl: string
  script: Script
  /** A source to build, for a spec. */
  git: string
  /** @param env beside the stage's, such as `GRACE_MS` */
  startWorker(env?: Record<string, string>): Promise<ChaosWorker>
  /** Waits for a deed that fits and gives it. */
  deed(fits: Partial<Deed>): Promise<Deed>
  /** Waits for the job's end and gives it. */
  end(jobId: string, withinMs?: number): Promise<Job>
  close(): Promise<void>
}

export const leaseMs = 1_500
/** Workers start many times here: what Node compiled once is kept. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/chaos')

/** Without `redisUrl` the database is the transport; without `databaseUrl` it is one of the stage's own. */
export async function openStage(given: { redisUrl?: string; databaseUrl?: string } = {}): Promise<Stage> {
  const database = given.databaseUrl ? { url: given.databaseUrl, drop: async () => {} } : await createTestDatabase()
  if (!given.redisUrl) await migrateTransport(database.url)
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-chaos-'))
  const repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  const ledger = openLedger({ url: database.url, onError() {} })
  const script = openScript(join(dir, 'script'))
  const workers: ChaosWorker[] = []
  const env = {
    DATABASE_URL: database.url,
    ...(given.redisUrl && { REDIS_URL: given.redisUrl }),
    STEVEDORE_DATA_DIR: dir,
    ALLOW_FILE_SOURCES: 'true',
    ALLOWED_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'warn',
    LEASE_MS: String(leaseMs),
  }
  return {
    ledger,
    databaseUrl: database.url,
    script,
    git: repository.url,
    async startWorker(more = {}) {
      const { worker, ready } = forkWorker(join(dir, 'script'), { ...env, ...more })
      workers.push(worker)
      await ready
      return worker
    },
    deed: (fits) =>
      poll(`the deed ${JSON.stringify(fits)}`, 30_000, async () => script.deeds().find((deed) => matches(deed, fits))),
    end: (jobId, withinMs = 45_000) =>
      poll(`the end of job ${jobId}`, withinMs, async () => {
        const job = await getJob(ledger, jobId).catch(unlessAway)
        return job && isFinal(job.state) ? job : undefined
      }),
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

/** Asks until there is an answer; throws, saying what it waited for, when there is none in time. */
export async function poll<T>(what: string, withinMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await pause(50)
  }
  throw new Error(`waited ${withinMs} ms for ${what}`)
}

function forkWorker(scriptDir: string, env: Record<string, string>): { worker: ChaosWorker; ready: Promise<unknown> } {
  const child = fork(new URL('worker-process.ts', import.meta.url), [scriptDir], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const started = new AbortController()
  const early = ended.then((code) => started.signal.aborted || Promise.reject(new Error(`no worker came up: ${code}`)))
  const ready = Promise.race([once(child, 'message').then(() => started.abort()), early])
  return { worker: { pid: child.pid as number, signal: (name) => void child.kill(name), ended }, ready }
}

function matches(deed: Deed, fits: Partial<Deed>): boolean {
  return Object.entries(fits).every(([key, value]) => deed[key as keyof Deed] === value)
}

function unlessAway(error: unknown): undefined {
  if (!isLedgerAway(error)) throw error
}
