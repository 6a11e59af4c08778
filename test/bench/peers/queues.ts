import { createPostgresBackend, PostgresConnection, Queue, Worker, withBackend } from 'bullmq'
import { type JobHelpers, makeWorkerUtils, run } from 'graphile-worker'
import { PgBoss } from 'pg-boss'

export interface PeerJob {
  /** When it was accepted, in milliseconds since 1970. */
  at: number
}

export interface PeerQueue {
  add(job: PeerJob): Promise<unknown>
  /** By the peer's way for many, which is no part of what is measured. */
  addMany(jobs: PeerJob[]): Promise<unknown>
  work(concurrency: number, handle: (job: PeerJob) => void): Promise<unknown>
}

const name = 'bench'

/** Each as its documentation says that it is fast, one job at a time. */
export const openQueue: Record<string, (url: string) => Promise<PeerQueue>> = {
  'bullmq-redis': async (url) => openBullQueue(Queue, Worker, { url, maxRetriesPerRequest: null }),
  'bullmq-postgres': async (url) => {
    const connection = { connectionString: url, max: 10, migrate: true }
    await new PostgresConnection(connection).waitUntilReady()
    const made = withBackend(createPostgresBackend)
    return openBullQueue(made.Queue, made.Worker, connection)
  },
  async 'pg-boss'(url) {
    const boss = new PgBoss({ connectionString: url, useListenNotify: true })
    boss.on('error', console.error)
    await boss.start()
    await boss.createQueue(name, { notify: true })
    return {
      add: (job) => boss.send(name, job),
      addMany: (jobs) =>
        boss.insert(
          name,
          jobs.map((data) => ({ data })),
        ),
      work: (localConcurrency, handle) =>
        boss.work<PeerJob>(
          name,
          { localConcurrency, pollingIntervalSeconds: 0.5, batchSize: 2, burstWhenBatchFull: true },
          async (jobs) => {
            for (const { data } of jobs) handle(data)
          },
        ),
    }
  },
  async 'graphile-worker'(connectionString) {
    const utils = await makeWorkerUtils({ connectionString })
    await utils.migrate()
    return {
      add: (job) => utils.addJob(name, job),
      addMany: (jobs) => utils.addJobs(jobs.map((payload) => ({ identifier: name, payload }))),
      work: (concurrency, handle) =>
        run({
          connectionString,
          concurrency,
          maxPoolSize: concurrency + 2,
          taskList: { [name]: async (payload: unknown, _helpers: JobHelpers) => handle(payload as PeerJob) },
        }),
    }
  },
}

// biome-ignore lint/suspicious/noExplicitAny: the two backends give classes that differ by their connection alone
function openBullQueue(Bull: any, BullWorker: any, connection: object): PeerQueue {
  const queue = new Bull(name, { connection, defaultJobOptions: { removeOnComplete: true } })
  return {
    add: (job) => queue.add(name, job),
    addMany: (jobs) => queue.addBulk(jobs.map((data) => ({ name, data }))),
    async work(concurrency, handle) {
      const process = async ({ data }: { data: PeerJob }) => handle(data)
      return new BullWorker(name, process, { connection, concurrency })
    },
  }
}
