import type { NamespaceReader } from '../client/namespace.ts'
import { readLogTail, streamLog } from '../client/pod.ts'
import { sleep } from '../client/retry.ts'
import { type KubernetesPlace, nameContainer } from '../spec/names.ts'
import { createLineQueue } from './line-queue.ts'
import { listSlots, takePicture } from './place-state.ts'

/** How often a follower looks for pods that have come since. */
const lookMs = 2_000

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
  for (const { source, text } of lines.slice(-tailLines)) yield several ? `${source.pod} ${text}` : text
  if (follow) yield* followAll(reader, place, lines.at(-1)?.at)
}

interface Source {
  pod: string
  container: string
}

async function listSources(reader: NamespaceReader, place: KubernetesPlace): Promise<Source[]> {
  const picture = await takePicture(reader, place)
  return listSlots(picture).flatMap(({ pods }) =>
    pods.flatMap(({ metadata, spec }) => {
      const containers = (spec?.containers ?? []).map(({ name }) => name)
      const container = containers.find((name) => name === nameContainer(place)) ?? containers[0]
      return metadata?.name && container ? [{ pod: metadata.name, container }] : []
    }),
  )
}

async function readTail(reader: NamespaceReader, source: Source, tailLines: number) {
  const { pod, container } = source
  const lines = await readLogTail(reader, pod, { container, tailLines, timestamps: true })
  return lines.map((line) => ({ source, ...splitStamp(line) }))
}

/** `2024-05-01T10:00:00.123456789Z text` */
function splitStamp(line: string): { at: string; text: string } {
  const space = line.indexOf(' ')
  return { at: line.slice(0, space), text: line.slice(space + 1) }
}

/** Streams of pods that end are replaced by those of pods that come, until the signal aborts. */
async function* followAll(
  reader: NamespaceReader,
  place: KubernetesPlace,
  after: string | undefined,
): AsyncGenerator<string> {
  const queue = createLineQueue(reader.signal)
  const open = new Set<string>()
  const attach = async () => {
    for (const source of await listSources(reader, place))
      if (!open.has(source.pod)) {
        open.add(source.pod)
        void copy(reader, source, after, queue.push).finally(() => open.delete(source.pod))
      }
  }
  const look = async () => {
    for (;;) {
      await attach()
      await sleep(lookMs, reader.signal)
    }
  }
  look().catch(queue.fail)
  yield* queue.lines()
}

async function copy(
  reader: NamespaceReader,
  { pod, container }: Source,
  after: string | undefined,
  push: (line: string) => Promise<void>,
): Promise<void> {
  const since = after === undefined ? {} : { sinceTime: after }
  try {
    for await (const line of streamLog(reader, pod, { container, follow: true, timestamps: true, ...since })) {
      const { at, text } = splitStamp(line)
      if (after === undefined || at > after) await push(`${pod} ${text}`)
    }
  } catch {
    // The pod has gone or not begun; whoever looks for pods comes back to it.
  }
}
