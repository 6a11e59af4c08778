import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { leaseMs } from '../../test/chaos/stage.ts'
import type { Random } from './random.ts'
import type { Stand } from './stand.ts'

/** A fault, which is over when it resolves: whoever was killed is started again. */
interface Act {
  name: string
  run(stand: Stand, random: Random): Promise<unknown>
}

const acts: Act[] = [
  { name: 'kill -9 of a worker', run: (stand, random) => restartWorker(stand, random, 'SIGKILL') },
  { name: 'SIGTERM of a worker', run: (stand, random) => restartWorker(stand, random, 'SIGTERM') },
  { name: 'a worker stopped past its lease', run: stopWorker },
  { name: 'kill -9 of an API', run: restartApi },
  { name: 'an API stopped', run: stopApi },
  { name: 'all connections to Postgres ended', run: endConnections },
  { name: 'the first API and worker cut off', run: cutOff },
  { name: 'the first API and worker in a black hole', run: stall },
  { name: 'Postgres stopped at once', run: restartPostgres },
]
const redisActs: Act[] = [
  { name: 'Redis flushed', run: ({ redis }) => redis!.command('FLUSHALL') },
  { name: 'Redis killed', run: restartRedis },
]

/** One fault after another, none beside another, until it is told to end; it ends with all healed. @returns how often each came */
export async function rage(stand: Stand, random: Random, isOver: () => boolean, say: (line: string) => void) {
  const counts = new Map<string, number>()
  const choice = stand.redis ? [...acts, ...redisActs] : acts
  while (!isOver()) {
    await pause(random.between(1_500, 5_000))
    const { name, run } = random.pick(choice)
    say(name)
    await run(stand, random)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** Never the first. Where there is only that one it is the one: its figures begin anew. */
const chooseVictim = (random: Random, count: number) => (count > 1 ? 1 + random.below(count - 1) : 0)

async function restartWorker(stand: Stand, random: Random, signal: NodeJS.Signals): Promise<void> {
  const index = chooseVictim(random, stand.workers.length)
  const worker = stand.workers[index]!
  worker.signal(signal)
  await worker.ended
  await stand.startWorker(index)
}

async function restartApi(stand: Stand, random: Random): Promise<void> {
  const index = chooseVictim(random, stand.apis.length)
  await stand.apis[index]!.kill()
  await stand.startApi(index)
}

async function stopWorker({ workers }: Stand, random: Random): Promise<void> {
  const worker = random.pick(workers)
  worker.signal('SIGSTOP')
  await pause(leaseMs + random.between(500, 4_000))
  worker.signal('SIGCONT')
}

async function stopApi({ apis }: Stand, random: Random): Promise<void> {
  const { pid } = random.pick(apis)
  process.kill(pid, 'SIGSTOP')
  await pause(random.between(500, 6_000))
  process.kill(pid, 'SIGCONT')
}

async function endConnections({ postgres }: Stand): Promise<void> {
  const client = new Client({ connectionString: postgres.url })
  client.on('error', () => {})
  await client.connect()
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
  await client.end()
}

async function cutOff({ wires }: Stand, random: Random): Promise<void> {
  await Promise.all(wires.map((wire) => wire.cut()))
  await pause(random.between(200, leaseMs * 1.5))
  await Promise.all(wires.map((wire) => wire.restore()))
}

async function stall({ wires }: Stand, random: Random): Promise<void> {
  for (const wire of wires) wire.stall()
  await pause(random.between(1_000, leaseMs * 2))
  for (const wire of wires) wire.heal()
}

async function restartPostgres({ postgres }: Stand, random: Random): Promise<void> {
  await postgres.stopImmediately()
  await pause(random.between(200, leaseMs * 1.5))
  await postgres.restart()
}

async function restartRedis({ redis }: Stand, random: Random): Promise<void> {
  await redis!.kill()
  await pause(random.between(200, 5_000))
  await redis!.restart()
}
