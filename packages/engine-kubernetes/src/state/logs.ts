import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { byTime, createProbeFilter, type LogLine, type LogOptions, orderArrivals, sleep } from '@stevedore/engine'
import type { NamespaceReader } from '../client/namespace.ts'
import { readLogTail, streamLog } from '../client/pod.ts'
import { nameContainer } from '../spec/names.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { readCompanions } from './companions.ts'
import { listWorkloads, readPlaceState } from './place-state.ts'
import { readProcesses } from './processes.ts'

/** How often a follower looks for pods that have come since. */
const lookMs = 2_000

/** Lines that may wait for a slow reader; beyond them the pods' streams are held back. */
const heldLines = 1_000

/** How many lines are looked through for each that is wanted: health checks may be most of them. */
const searchFactor = 10
const mostSearched = 10_000

/** Lines of all replicas, oldest first, each with its pod's name in front where there are several; follows new pods too. */
export async function* readLogs(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { follow, tailLines, process }: LogOptions,
): AsyncGenerator<string> {
  const isNoise = createProbeFilter(place.settings.health.path)
  const list = () => listSources(reader, place, process)
  const sources = await list()
  // Of a reader of no lines what is there tells only from when on to follow.
  const searched = Math.min(mostSearched, Math.max(1, tailLines * searchFactor))
  const tails = await Promise.all(sources.map((source) => readTail(reader, source, searched)))
  const lines = tails.flat().filter(({ text }) => !isNoise(text))
  const several = sources.length > 1
  const wanted = tailLines > 0 ? lines.toSorted(byTime).slice(-tailLines) : []
  for (const { pod, text } of wanted) yield several ? `${pod} ${text}` : text
  if (!follow) return
  const lastAt = new Map(tails.flatMap((tail) => tail.slice(-1)).map(({ pod, at }) => [pod, at]))
  for await (const { pod, text } of orderArrivals(followAll(reader, list, lastAt)))
    if (!isNoise(text)) yield `${pod} ${text}`
}

interface Source {
  pod: string
  container: string
}

async function listSources(
  reader: NamespaceReader,
  place: KubernetesPlace,
  process: string | undefined,
): Promise<Source[]> {
  const [state, processes] = await Promise.all([readPlaceState(reader, place), readProcesses(reader, place)])
  const web = listWorkloads(state).map((workload) => ({ ...workload, process: 'web' }))
  const meant = [...web, ...processes].filter((workload) => process === undefined || workload.process === process)
  // What a companion says is not the app's: it is given to who asks for it alone.
  const companions = process === undefined ? [] : await readCompanions(reader, place)
  const others = companions.filter(({ name }) => name === process)
  const pods = [...meant, ...others].flatMap((one) => one.pods)
  return pods.flatMap(({ metadata, spec }) => {
    const names = spec.containers.map(({ name }) => name)
    const container = names.find((name) => name === nameContainer(place)) ?? names[0]
    return container === undefined ? [] : [{ pod: metadata.name, container }]
  })
}

interface PodLine extends LogLine {
  pod: string
}

async function readTail(reader: NamespaceReader, { pod, container }: Source, tailLines: number): Promise<PodLine[]> {
  const lines = await readLogTail(reader, pod, { container, tailLines })
  return lines.map((line) => ({ pod, ...line }))
}

/**
 * Streams of pods that end are replaced by those of pods that come, until the signal aborts.
 * @param lastAt the time of each pod's last line that is known already
 */
async function* followAll(
  reader: NamespaceReader,
  list: () => Promise<Source[]>,
  lastAt: Map<string, string>,
): AsyncGenerator<PodLine> {
  const lines = new PassThrough({ objectMode: true, highWaterMark: heldLines })
  attachAll(reader, list, lastAt, lines).catch((error) => {
    if (reader.signal.aborted) lines.end()
    else lines.destroy(error)
  })
  yield* lines
}

async function attachAll(
  reader: NamespaceReader,
  list: () => Promise<Source[]>,
  lastAt: Map<string, string>,
  lines: PassThrough,
) {
  const open = new Set<string>()
  for (;;) {
    for (const source of await list()) {
      if (open.has(source.pod)) continue
      open.add(source.pod)
      copyLines(reader, source, lastAt.get(source.pod) ?? '', lines, (at) => lastAt.set(source.pod, at))
        // The pod has gone or not begun, or its stream broke off: the next look comes back to it.
        .catch(() => {})
        .finally(() => open.delete(source.pod))
    }
    await sleep(lookMs, reader.signal)
  }
}

/** A reader that does not keep up holds the pod's stream back. @param onLine is told the time of each line that was copied */
async function copyLines(
  reader: NamespaceReader,
  source: Source,
  after: string,
  lines: PassThrough,
  onLine: (at: string) => void,
): Promise<void> {
  for await (const { at, text } of streamAfter(reader, source, after)) {
    onLine(at)
    if (!lines.write({ pod: source.pod, at, text })) await once(lines, 'drain', { signal: reader.signal })
  }
}

/** The API takes whole seconds only, so that what is known already may come once more. */
async function* streamAfter(reader: NamespaceReader, { pod, container }: Source, after: string) {
  const query = { container, follow: true, sinceTime: after === '' ? undefined : after }
  for await (const line of streamLog(reader, pod, query)) if (line.at > after) yield line
}
