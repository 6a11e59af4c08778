import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { choosePort, takeMainPort, type UsedPorts } from '../way-in.ts'
import { expandVariables } from './expand-variables.ts'
import { showVariables } from './give-values.ts'
import { type Service, textOf } from './read-project.ts'

export interface Port {
  port: number
  published: number | undefined
  isLocal: boolean
  isUdp: boolean
  /** As it is written. */
  written: string
}

const mostPorts = 20

/** `ports` and, where there is none, `expose`: the first is what the app listens on. */
export function takePorts(draft: Draft, { fields }: Service, { file, used }: { file: string; used: UsedPorts }): void {
  const all = listOf(fieldOf(fields, 'ports'))
    .slice(0, mostPorts)
    .flatMap((entry) => readPort(draft, entry))
  for (const { written } of all.filter(({ isUdp }) => isUdp)) leaveOut(draft, `ports ${written}`, 'only TCP comes in')
  const tcp = all.filter(({ isUdp }) => !isUdp)
  const open = tcp.filter(({ isLocal }) => !isLocal)
  const [main, ...others] = open.length > 0 ? open : tcp.slice(0, 1)
  for (const { written } of tcp.filter((port) => port.isLocal && port !== main))
    leaveOut(draft, `ports ${written}`, 'is for this machine alone there; a port that is given out here is open to all')
  if (main === undefined) {
    takeExposed(draft, fields, file, used)
    return
  }
  const from = `ports "${main.written}" in ${file}`
  takeMainPort(draft, { port: main.port, published: main.published, isLocal: main.isLocal, from }, used)
  if (others.length > 0) takeFurther(draft, others, { file, used })
}

function takeExposed(draft: Draft, fields: Service['fields'], file: string, used: UsedPorts): void {
  const [first] = listOf(fieldOf(fields, 'expose'))
    .flatMap((entry) => readPort(draft, entry))
    .filter(({ isUdp }) => !isUdp)
  if (first) takeMainPort(draft, { port: first.port, from: `expose "${first.written}" in ${file}` }, used)
}

function takeFurther(draft: Draft, others: readonly Port[], { file, used }: { file: string; used: UsedPorts }): void {
  const ports = others.map(({ port, published = port }) =>
    draft.engine === 'kubernetes'
      ? { containerPort: port }
      : { containerPort: port, port: choosePort(published, used) },
  )
  takeSetting(draft, ['ports'], ports, `ports in ${file}; \`protocol: tcp\` for one that does not speak HTTP`)
}

export function readPort(draft: Draft, entry: unknown): Port[] {
  const found = typeof entry === 'string' ? readShort(entry) : readLong(fieldsOf(entry))
  if (!found)
    leaveOut(
      draft,
      `ports ${typeof entry === 'string' ? showVariables(entry) : ''}`.trim(),
      'cannot be read: a range, or a variable without a default',
    )
  return found ? [found] : []
}

/** `3000`, `8080:80`, `127.0.0.1:8080:80`, `[::1]:8080:80/udp`. */
function readShort(entry: string): Port | undefined {
  const { text } = expandVariables(entry)
  const [, address, published, port, protocol] =
    /^(?:(?:(\[[0-9a-f:]{2,39}\]|\d{1,3}(?:\.\d{1,3}){3}):)?(\d{0,5}):)?(\d{1,5})(?:\/([a-z]+))?$/i.exec(text) ?? []
  return toPort({ address, published, port, protocol, written: text })
}

function readLong(fields: ReturnType<typeof fieldsOf>): Port | undefined {
  const read = (key: string) => textOf(fieldOf(fields, key))
  const [address, published, port, protocol] = ['host_ip', 'published', 'target', 'protocol'].map(read)
  return toPort({ address, published, port, protocol, written: published ? `${published}:${port}` : (port ?? '') })
}

function toPort(
  found: Record<'address' | 'published' | 'port' | 'protocol', string | undefined> & { written: string },
): Port | undefined {
  const port = Number(found.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const published = Number(found.published || undefined)
  return {
    port,
    published: Number.isInteger(published) && published > 0 && published <= 65_535 ? published : undefined,
    isLocal: /^(127\.|\[?::1)/.test(found.address ?? ''),
    isUdp: found.protocol?.toLowerCase() === 'udp',
    written: found.written,
  }
}
