import type { Place } from '@stevedore/engine'
import { readLines } from '../client/container-log.ts'
import type { Host } from '../hosts.ts'
import { listAllReplicas, type ReplicaContainer } from './replicas.ts'

export interface FollowOptions {
  follow: boolean
  tailLines: number
}

interface Line {
  time: string
  /** After its replica's name. */
  text: string
}

/** Lines of all replicas on all hosts, each after its replica's name: what is there by time, then what comes as it comes. */
export async function* followLogs(
  hosts: Host[],
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const left = new AbortController()
  try {
    const streams = await openStreams(hosts, place, options, AbortSignal.any([signal, left.signal]))
    if (options.follow) yield* merge(streams)
    else yield* await sortLines(streams, options.tailLines)
  } finally {
    // Whoever leaves would else keep a stream open until the next line.
    left.abort()
  }
}

async function openStreams(
  hosts: Host[],
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<AsyncGenerator<Line>[]> {
  const replicas = await Promise.all(
    hosts.map(async (host) => (await listAllReplicas(host, place, signal)).map((replica) => ({ host, replica }))),
  )
  return replicas.flat().map(({ host, replica }) => readReplica(host, replica, options, signal))
}

async function* readReplica(
  { docker }: Host,
  { id, server }: ReplicaContainer,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  for await (const line of readLines(docker.getContainer(id), { ...options, signal, timestamps: true })) {
    const space = line.indexOf(' ')
    yield { time: line.slice(0, space), text: `${server.name} | ${line.slice(space + 1)}` }
  }
}

async function sortLines(streams: AsyncGenerator<Line>[], tailLines: number): Promise<string[]> {
  const lines = (await Promise.all(streams.map(collect))).flat()
  const sorted = lines.toSorted((a, b) => (a.time < b.time ? -1 : 1))
  return sorted.slice(-tailLines).map(({ text }) => text)
}

async function collect<T>(stream: AsyncGenerator<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** Gives whatever comes first. */
async function* merge(streams: AsyncGenerator<Line>[]): AsyncGenerator<string> {
  const ask = (stream: AsyncGenerator<Line>) => stream.next().then((result) => ({ stream, result }))
  const pending = new Map(streams.map((stream) => [stream, ask(stream)]))
  while (pending.size > 0) {
    const { stream, result } = await Promise.race(pending.values())
    if (result.done) pending.delete(stream)
    else {
      pending.set(stream, ask(stream))
      yield result.value.text
    }
  }
}
