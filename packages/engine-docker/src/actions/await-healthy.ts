import { durationMs, FailureError } from '@stevedore/contract'
import { pollUntil, type Release, sleep, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { explainUnhealthy } from '../failure/container.ts'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { dockerSettings } from '../spec/container.ts'
import { describeProbe, probeReplica } from '../state/probe.ts'
import type { ReplicaContainer } from '../state/replicas.ts'

export interface HealthWait {
  host: Host
  release: Release
  replica: ReplicaContainer
  /** It has come so far before, and need only answer once more. */
  proven: boolean
}

/**
 * Probes a running replica until it has answered well often enough in a row. An exit is seen at once, not at the next probe.
 * @throws FailureError `container-crashed` with exit code and last lines, `never-healthy` with the last probe's answer
 */
export async function awaitHealthy(wait: HealthWait, context: WorkContext): Promise<void> {
  const { name, id } = wait.replica
  const container = wait.host.docker.getContainer(id)
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  try {
    const proof = isAsked(wait.release) ? probeUntilHealthy : runForAWhile
    await Promise.race([proof(wait, { ...context, signal }), awaitExit(container, name, signal)])
  } catch (error) {
    context.signal.throwIfAborted()
    throw await explainUnhealthy(container, { name, settings: wait.release.settings }, error)
  } finally {
    over.abort()
  }
}

/** How long a replica must run of which nothing can be asked: what dies at its start has done so by then. */
const unaskedMs = 5_000

/** A further port is asked for a connection, also where nothing leads to the main one. */
export function isAsked(release: Pick<Release, 'settings'>): boolean {
  const settings = dockerSettings(release)
  const { command, listens } = describeProbe(settings)
  return command !== undefined || listens || settings.ports !== undefined
}

async function runForAWhile({ release, replica, proven }: HealthWait, { signal, log }: WorkContext): Promise<void> {
  const { deadline } = release.settings.health
  if (!proven) await sleep(Math.min(unaskedMs, durationMs(deadline)), signal)
  log(`${replica.name}: it runs`)
}

async function probeUntilHealthy(wait: HealthWait, { signal, log }: WorkContext): Promise<void> {
  const { host, replica, proven } = wait
  const settings = dockerSettings(wait.release)
  const { deadline, interval } = settings.health
  const threshold = proven ? 1 : settings.health.threshold
  let [passed, last] = [0, '']
  const ask = async () => {
    const { healthy, answer } = await probeReplica(host, replica, describeProbe(settings), signal)
    if (answer !== last) log(`${replica.name}: ${answer}`)
    last = answer
    passed = healthy ? passed + 1 : 0
    return passed >= threshold || undefined
  }
  const intervalMs = durationMs(interval)
  // One more probe when the deadline is over: the interval may be the longer of the two.
  if (await pollUntil(ask, { deadlineMs: durationMs(deadline) + intervalMs, intervalMs, signal })) return
  const diagnosis = `${replica.name} was not healthy within ${deadline}; the last probe answered: ${last}`
  throw new FailureError('never-healthy', { diagnosis })
}

async function awaitExit(container: Docker.Container, name: string, signal: AbortSignal): Promise<never> {
  await callEngine(() => container.wait({ condition: 'not-running', abortSignal: signal }), undefined, signal)
  throw new FailureError('container-crashed', { diagnosis: name })
}
