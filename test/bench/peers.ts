import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type StevedoreProcess, watchProcess } from '../harness/stevedore-process.ts'

/** What they are called in tables; the key is what `peers/queues.ts` calls them. */
export const peers = {
  'bullmq-redis': 'BullMQ on Redis',
  'bullmq-postgres': 'BullMQ on Postgres',
  'pg-boss': 'pg-boss',
  'graphile-worker': 'graphile-worker',
} as const

export type Peer = keyof typeof peers

/** A program of the peers' package in a process of its own. */
function startPeer(program: 'serve' | 'work' | 'load', ...arguments_: (string | number)[]): StevedoreProcess {
  const path = join(import.meta.dirname, 'peers', `${program}.ts`)
  return watchProcess(spawn(process.execPath, [path, ...arguments_.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** What a program says when it is through. */
async function readDone<T>(child: StevedoreProcess): Promise<T> {
  return JSON.parse((await child.waitForLine(/^done /)).slice('done '.length)) as T
}

export async function endPeer(child: StevedoreProcess): Promise<void> {
  child.signal('SIGKILL')
  await child.ended
}

/** Its queue behind HTTP, with the address. */
export async function startServer(peer: Peer, url: string) {
  const child = startPeer('serve', peer, url)
  const [, address = ''] = /listening on (\S+)/.exec(await child.waitForLine(/listening on/)) ?? []
  return { child, address }
}

export interface WorkResult {
  /** From the first handler's start to the last one's; ours to the last job's end. */
  wallMs: number
  /** From each job's acceptance to its handler's start. */
  delaysMs: number[]
}

/** What so many jobs took, which were queued before or are asked for once it is ready. @param options.fill queues them itself, before it begins */
export function startWork(peer: Peer, url: string, { count, fill = false }: { count: number; fill?: boolean }) {
  return followWork(startPeer('work', peer, url, concurrency, count, ...(fill ? ['fill'] : [])))
}

/** Ours, in the environment of the product. */
export function startOwnWork(env: Record<string, string>, count: number) {
  const program = join(import.meta.dirname, 'noop-worker.ts')
  const more = { PATH: process.env.PATH, WORKER_CONCURRENCY: String(concurrency), ...env }
  return followWork(
    watchProcess(spawn(process.execPath, [program, String(count)], { env: more, stdio: ['ignore', 'pipe', 'pipe'] })),
  )
}

/** Of jobs at a time, in one process. */
const concurrency = 8

function followWork(child: StevedoreProcess) {
  return {
    ready: () => child.waitForLine(/^ready|"working"/),
    async end(): Promise<WorkResult> {
      const result = await readDone<WorkResult>(child)
      await endPeer(child)
      return result
    },
  }
}

export interface LoadResult {
  perS: number
  p50Ms: number
  p99Ms: number
  failed: number
  /** Answers by status. */
  statuses: Record<string, { count: number }>
}

type Load = { clients: number; body: object; token: string; perS?: number } & ({ seconds: number } | { amount: number })

/** Posts from so many clients, for a time or so many, as fast as they get answers or at a rate of all of them, and wants every answer to be a good one. */
export async function post(address: string, { clients, body, token, perS = 0, ...much }: Load): Promise<LoadResult> {
  const until = 'seconds' in much ? `${much.seconds}s` : much.amount
  const child = startPeer('load', `${address}/v1/jobs`, clients, until, JSON.stringify(body), token, perS)
  const result = await readDone<LoadResult>(child)
  if (result.failed > 0) throw new Error(`${result.failed} requests failed: ${JSON.stringify(result.statuses)}`)
  return result
}
