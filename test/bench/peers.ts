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

export interface LoadResult {
  perS: number
  p50Ms: number
  p99Ms: number
  failed: number
  /** Answers by status. */
  statuses: Record<string, { count: number }>
}

type Load = { clients: number; body: object; token: string } & ({ seconds: number } | { amount: number })

/** Posts from so many clients, for a time or so many, and wants every answer to be a good one. */
export async function post(address: string, { clients, body, token, ...much }: Load): Promise<LoadResult> {
  const until = 'seconds' in much ? `${much.seconds}s` : much.amount
  const child = startPeer('load', `${address}/v1/jobs`, clients, until, JSON.stringify(body), token)
  const result = await readDone<LoadResult>(child)
  if (result.failed > 0) throw new Error(`${result.failed} requests failed: ${JSON.stringify(result.statuses)}`)
  return result
}
