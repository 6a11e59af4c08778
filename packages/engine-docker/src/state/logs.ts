import type { Place } from '@stevedore/engine'
import { readLines } from '../client/container-log.ts'
import type { Host } from '../host.ts'
import { listReplicas, type ReplicaContainer } from './replicas.ts'

export interface LogWish {
  follow: boolean
  tailLines: number
}

/** Lines of all replicas on all hosts, each after its replica's name: what is there by time, then what comes as it comes. */
export async function* followLogs(
  hosts: Host[],
  place: Place,
  { follow, tailLines }: LogWish,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const sources = await Promise.all(
    hosts.map(async (host) => (await listReplicas(host, place, signal)).map((replica) => ({ host, replica }))),
  )
  const streams = sources.flat().map(({ host, replica }) => readReplica(host, replica, { follow, tailLines }, signal))
  if (follow) return yield* merge(streams)
  const lines = (await Promise.all(streams.map(collect))).flat()
  yield* lines
    .toSorted((a, b) => (a.time < b.time ? -1 : 1))
    .slice(-tailLines)
    .map(({ text }) => text)
}

async function* readReplica(host: Host, { id, server }: ReplicaContainer, wish: LogWish, signal: AbortSignal) {
  for await (const line of readLines(host.docker.getContainer(id), { ...wish, signal }, true)) {
    const space = line.indexOf(' ')
    yield { time: line.slice(0, space), text: `${server.name} | ${line.slice(space + 1)}` }
  }
}

async function collect<T>(stream: AsyncGenerator<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** Gives whatever comes first. */
async function* merge(streams: AsyncGenerator<{ text: string }>[]): AsyncGenerator<string> {
  const ask = (stream: AsyncGenerator<{ text: string }>) => stream.next().then((result) => ({ stream, result }))
  const pending = new Map(streams.map((stream) => [stream, ask(stream)]))
  try {
    while (pending.size > 0) {
      const { stream, result } = await Promise.race(pending.values())
      if (result.done) pending.delete(stream)
      else {
        pending.set(stream, ask(stream))
        yield result.value.text
      }
    }
  } finally {
    for (const stream of pending.keys()) void stream.return(undefined)
  }
}
