import { cutText } from '@stevedore/contract'
import { createProbeFilter } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { readLogTail } from '../client/pod.ts'

const keptLines = 20
const longestLine = 2_000
/** Health checks may be most of what an app prints; they are passed over. */
const searchedLines = 1_000

/** The last lines of a pod's container, without those that health checks left. @param options `previous`: of the container before it */
export async function readLastLines(
  reader: NamespaceReader,
  { metadata, spec }: Pod,
  { container, previous = false }: { container: string; previous?: boolean },
): Promise<string[]> {
  const { readinessProbe } = spec.containers.find(({ name }) => name === container) ?? {}
  const isNoise = createProbeFilter(readinessProbe?.httpGet?.path)
  const lines = await readLogTail(reader, metadata.name, { container, previous, tailLines: searchedLines })
  return lines
    .filter(({ text }) => !isNoise(text))
    .slice(-keptLines)
    .map(({ text }) => cutText(text, longestLine))
}
