import { byTime, createProbeFilter, type LogLine, type LogOptions, orderArrivals, type Place } from '@stevedore/engine'
import { type LogOptions as ReadOptions, readLines } from '../client/container-log.ts'
import type { Host } from '../hosts.ts'
import { listAllOfProcesses, listAllOfServices, listAllReplicas, type ReplicaContainer } from './replicas.ts'

interface Source {
  host: Host
  replica: ReplicaContainer
}

/** How many lines are looked through for each that is wanted: health checks may be most of them. */
const searchFactor = 10
const mostSearched = 10_000

/** Lines of all replicas on all hosts, each after its replica's name, in the order of their time; without those of health checks. */
export async function* followLogs(
  hosts: Host[],
  place: Place,
  { follow, tailLines, process }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const left = new AbortController()
  const ends = AbortSignal.any([signal, left.signal])
  const isNoise = createProbeFilter(place.settings.health.path)
  const show = ({ text }: LogLine) => text
  try {
    const sources = await listSources(hosts, place, process, ends)
    // Of a reader of no lines what is there tells only from when on to follow.
    const searched = Math.min(mostSearched, Math.max(1, tailLines * searchFactor))
    const tails = await Promise.all(sources.map((source) => readTail(source, searched, ends)))
    const lines = tails.flat().filter(({ text }) => !isNoise(text))
    if (tailLines > 0) yield* lines.toSorted(byTime).slice(-tailLines).map(show)
    if (!follow) return
    const streams = sources.map((source, index) => readSource(source, { follow, ...since(tails[index]), signal: ends }))
    for await (const line of orderArrivals(merge(streams))) if (!isNoise(line.text)) yield show(line)
  } finally {
    // Whoever leaves would else keep a stream open until the next line.
    left.abort()
  }
}

/** After the last line that was read; a replica that had printed nothing is followed from its beginning. */
function since(tail: LogLine[] | undefined): { after?: string } {
  const last = tail?.at(-1)
  return last ? { after: last.at } : {}
}

async function listSources(
  hosts: Host[],
  place: Place,
  process: string | undefined,
  signal: AbortSignal,
): Promise<Source[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const web = await listAllReplicas(host, place, signal)
      const all = [...web, ...(await listAllOfProcesses(host, place, signal))]
      const meant = all.filter((replica) => process === undefined || (replica.process ?? 'web') === process)
      // What a companion says is not the app's: it is given to who asks for it alone.
      const companions = process === undefined ? [] : await listAllOfServices(host, place, signal)
      return [...meant, ...companions.filter(({ service }) => service === process)].map((replica) => ({
        host,
        replica,
      }))
    }),
  )
  return found.flat()
}

async function readTail(source: Source, tailLines: number, signal: AbortSignal): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of readSource(source, { follow: false, tailLines, signal })) lines.push(line)
  return lines.toSorted(byTime)
}

async function* readSource({ host, replica }: Source, options: ReadOptions): AsyncGenerator<LogLine> {
  for await (const { at, text } of readLines(host.docker.getContainer(replica.id), options))
    yield { at, text: `${nameSource(replica)}${replica.server.name} | ${text}` }
}

function nameSource({ process, service }: ReplicaContainer): string {
  const name = process ?? service
  return name === undefined ? '' : `${name} `
}

/** Gives whatever comes first. */
async function* merge(streams: AsyncGenerator<LogLine>[]): AsyncGenerator<LogLine> {
  const ask = (stream: AsyncGenerator<LogLine>) => stream.next().then((result) => ({ stream, result }))
  const pending = new Map(streams.map((stream) => [stream, ask(stream)]))
  while (pending.size > 0) {
    const { stream, result } = await Promise.race(pending.values())
    if (result.done) pending.delete(stream)
    else {
      pending.set(stream, ask(stream))
      yield result.value
    }
  }
}
