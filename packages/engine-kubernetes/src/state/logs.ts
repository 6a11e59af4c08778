import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { sleep } from '@stevedore/engine'
import type { NamespaceReader } from '../client/namespace.ts'
import { readLogTail, streamLog } from '../client/pod.ts'
import { nameContainer } from '../spec/names.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { listWorkloads, readPlaceState } from './place-state.ts'

/** How often a follower looks for pods that have come since. */
const lookMs = 2_000

/** Lines that may wait for a slow reader; beyond them the pods' streams are held back. */
const heldLines = 1_000

/** Lines of all replicas, oldest first, each with its pod's name in front where there are several; follows new pods too. */
export async function* readLogs(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { follow, tailLines }: { follow: boolean; tailLines: number },
): AsyncGenerator<string> {
  const sources = await listSources(reader, place)
  const tails = await Promise.all(sources.map((source) => readTail(reader, source, tailLines)))
  const lines = tails.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const several = sources.length > 1
  for (const { pod, text } of lines.slice(-tailLines)) yield several ? `${pod} ${text}` : text
  if (follow) yield* followAll(reader, place, lines.at(-1)?.at ?? '')
}

interface Source {
  pod: string
  container: string
}

async function listSources(reader: NamespaceReader, place: KubernetesPlace): Promise<Source[]> {
  const pods = listWorkloads(await readPlaceState(reader, place)).flatMap((workload) => workload.pods)
  return pods.flatMap(({ metadata, spec }) => {
    const names = spec.containers.map(({ name }) => name)
    const container = names.find((name) => name === nameContainer(place)) ?? names[0]
    return container === undefined ? [] : [{ pod: metadata.name, container }]
  })
}

async function readTail(reader: NamespaceReader, { pod, container }: Source, tailLines: number) {
  const lines = await readLogTail(reader, pod, { container, tailLines, timestamps: true })
  return lines.map((line) => ({ pod, ...splitStamp(line) }))
}

/** `2024-05-01T10:00:00.123456789Z text` */
function splitStamp(line: string): { at: string; text: string } {
  const space = line.indexOf(' ')
  return { at: line.slice(0, space), text: line.slice(space + 1) }
}

/**
 * Streams of pods that end are replaced by those of pods that come, until the signal aborts.
 * @param after the time of the last line that is known already; empty for none
 */
async function* followAll(reader: NamespaceReader, place: KubernetesPlace, after: string): AsyncGenerator<string> {
  const lines = new PassThrough({ objectMode: true, highWaterMark: heldLines })
  attachAll(reader, place, after, lines).catch((error) => {
    if (reader.signal.aborted) lines.end()
    else lines.destroy(error)
  })
  yield* lines
}

async function attachAll(reader: NamespaceReader, place: KubernetesPlace, after: string, lines: PassThrough) {
  const open = new Set<string>()
  const lastAt = new Map<string, string>()
  for (;;) {
    for (const source of await listSources(reader, place)) {
      if (open.has(source.pod)) continue
      open.add(source.pod)
      copyLines(reader, source, lastAt.get(source.pod) ?? after, lines, (at) => lastAt.set(source.pod, at))
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
    if (!lines.write(`${source.pod} ${text}`)) await once(lines, 'drain', { signal: reader.signal })
  }
}

/** The API takes whole seconds only, so that what is known already may come once more. */
async function* streamAfter(reader: NamespaceReader, { pod, container }: Source, after: string) {
  const query = { container, follow: true, timestamps: true, sinceTime: after === '' ? undefined : after }
  for await (const line of streamLog(reader, pod, query)) {
    const { at, text } = splitStamp(line)
    if (at > after) yield { at, text }
  }
}
