import { cutStart, cutText, type DockerEnvironment, durationMs, FailureError } from '@stevedore/contract'
import {
  buildHealthRequest,
  busyStatus,
  isHealthyStatus,
  nameInChecks,
  type Place,
  readHealthAnswer,
} from '@stevedore/engine'
import { type ExecResult, execIn } from '../client/exec.ts'
import type { Host } from '../hosts.ts'
import type { RouteServer, ServerCheck } from '../proxy/route.ts'
import { buildEntrances } from '../spec/entrances.ts'
import { isRunning, type ReplicaContainer } from './replicas.ts'

export interface ProbeResult {
  healthy: boolean
  /** What it answered: `503 warming up`, `connection refused`, `exit code 1: …`. */
  answer: string
  /** It answered that it has too much to do: no deploy takes that for healthy, and nobody for dead. */
  busy?: boolean
  /** Nothing listens: it has not come up yet, or its port is another. */
  refused?: boolean
}

/** What a replica is asked. */
export interface Probe {
  path?: string | undefined
  command?: string[] | undefined
  timeoutMs: number
  /** Named in the request, as the proxy's own checks do. */
  hostHeader: string
  /** Whether anything is to be asked over the network: a place without a route need not listen. */
  listens: boolean
}

const maxAnswer = 300

/** @param service where it is a companion: it is asked at its port */
export function describeProbe(settings: DockerEnvironment, service?: Place['service']): Probe {
  const { path, command, timeout } = settings.health
  const listening = service
    ? { hostHeader: '', listens: service.port !== undefined }
    : describeListening(settings, path)
  return { path, command, timeoutMs: durationMs(timeout), ...listening }
}

/** The probe of a companion as it was made with. */
export function describeServiceProbe({ port, check }: Pick<RouteServer, 'port' | 'check'>): Probe {
  return { command: check.command ?? undefined, timeoutMs: check.timeoutMs, hostHeader: '', listens: port > 0 }
}

/**
 * The probe of a replica as it was made with: a place's settings are those of its newest revision, and what they ask an older replica
 * may not have. Of one that does not say whether it has a command, the settings' own is tried, not their image's.
 */
export function describeOwnProbe(settings: DockerEnvironment, { path, command, timeoutMs }: ServerCheck): Probe {
  const spoken = path || settings.fromImage?.health ? undefined : settings.health.command
  const own = command === undefined ? spoken : (command ?? undefined)
  return { path, command: own, timeoutMs, ...describeListening(settings, path) }
}

function describeListening(settings: DockerEnvironment, path: string | undefined) {
  const { host, port } = buildEntrances(settings)
  return { hostHeader: nameInChecks(host), listens: Boolean(path ?? host ?? port ?? settings.linkedBy) }
}

/** Asks a replica once; healthy, it takes connections on its further ports too. */
export async function probeReplica(
  host: Host,
  replica: ReplicaContainer,
  probe: Probe,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const main = await probeMainPort(host, replica, probe, signal)
  if (!main.healthy) return main
  for (const { port } of Object.values(replica.server.further ?? {})) {
    const other = { ...replica, server: { ...replica.server, port } }
    const asked = { ...probe, path: undefined, command: undefined, listens: true }
    const found = await probeMainPort(host, other, asked, signal)
    if (!found.healthy) return { ...found, answer: `port ${port}: ${found.answer}` }
  }
  return main
}

/**
 * Asks a replica once. HTTP goes out from the proxy's container, so that it takes the way of the traffic on any host. With neither
 * path nor command a connection that opens is an answer and, where nothing is routed, that it runs.
 */
async function probeMainPort(
  host: Host,
  replica: ReplicaContainer,
  probe: Probe,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (!isRunning(replica)) return { healthy: false, answer: replica.status }
  if (!probe.command && !probe.listens) return { healthy: true, answer: 'it runs' }
  try {
    return await (probe.command ? probeInside : probeNetwork)(host, replica, probe, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof FailureError)) return { healthy: false, answer: String(error) }
    if (error.code === 'engine-unreachable' || isSlowOfOurs(error, probe)) throw error
    return { healthy: false, answer: error.diagnosis ?? error.message }
  }
}

/** The command that asks over the network ends by itself in time: what takes longer is the machine. One of the settings' own is the app's. */
function isSlowOfOurs({ code }: FailureError, { command }: Probe): boolean {
  return code === 'engine-slow' && command === undefined
}

/** Runs a command of the settings inside the replica. */
async function probeInside(
  { docker }: Host,
  { id }: ReplicaContainer,
  { command = [], timeoutMs }: Probe,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { exitCode, stdout, stderr } = await execIn(docker.getContainer(id), command, { signal, timeoutMs })
  const said = cutStart(`${stdout}\n${stderr}`.trim(), maxAnswer)
  return { healthy: exitCode === 0, answer: `exit code ${exitCode}${said ? `: ${said}` : ''}` }
}

async function probeNetwork(
  { proxy }: Host,
  { server }: ReplicaContainer,
  { path, hostHeader, timeoutMs }: Probe,
  signal: AbortSignal,
): Promise<ProbeResult> {
  // The time-out also ends the process in the proxy's container, where nothing else would.
  const seconds = String(Math.ceil(timeoutMs / 1000))
  const command = ['timeout', '-s', 'KILL', seconds, 'nc', server.address, String(server.port)]
  const options = { what: `nc ${server.address} ${server.port}`, signal, timeoutMs: timeoutMs + 10_000 }
  if (!path) return readConnection(await proxy.run([...command, '-e', 'true'], options), timeoutMs)
  const asking = ['-e', 'sh', '-c', askOnConnection, buildHealthRequest(path, hostHeader)]
  return readResponse(await proxy.run([...command, ...asking], options), timeoutMs)
}

/**
 * Run with the connection as its standard input and output, and what Stevedore reads as a third. It holds its side open: a server that
 * finds its client's side closed takes the request back, or gives no answer to it.
 */
const askOnConnection = `printf '%s' "$0"; exec cat >&3`

function readConnection(result: ExecResult, timeoutMs: number): ProbeResult {
  return result.exitCode === 0 ? { healthy: true, answer: 'it takes connections' } : readRefusal(result, timeoutMs)
}

function readResponse(result: ExecResult, timeoutMs: number): ProbeResult {
  const answered = readHealthAnswer(result.stdout)
  if (!answered) return readRefusal(result, timeoutMs)
  const { status, body } = answered
  return {
    healthy: isHealthyStatus(status),
    answer: cutText(`${status} ${body}`.trim(), maxAnswer),
    busy: status === busyStatus,
  }
}

const killed = 137

function readRefusal({ exitCode, stdout, stderr }: ExecResult, timeoutMs: number): ProbeResult {
  if (exitCode === killed) return { healthy: false, answer: `no answer within ${timeoutMs} ms` }
  const said = stdout.trim() || stderr.trim().split(': ').at(-1) || 'the connection was closed without an answer'
  return { healthy: false, answer: cutText(said, maxAnswer), refused: /^connection refused$/i.test(said) }
}
