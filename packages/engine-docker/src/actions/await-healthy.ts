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
export function isAsked(release: Pick<Release, 'settings' | 'service'>): boolean {
  const settings = dockerSettings(release)
  const { command, listens } = describeProbe(settings, release.service)
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
    const {
      healthy,
      answer,
      refused = false,
    } = await probeReplica(host, replica, describeProbe(settings, wait.release.service), signal)
    if (answer !== last) log(`${replica.name}: ${answer}`)
    last = answer
    passed = healthy ? passed + 1 : 0
    return { healthy: passed >= threshold, refused }
  }
  // One more probe when the deadline is over: the interval may be the longer of the two.
  const intervalMs = durationMs(interval)
  if (await pollForHealth(ask, { deadlineMs: durationMs(deadline) + intervalMs, intervalMs, signal })) return
  const diagnosis = `${replica.name} was not healthy within ${deadline}; the last probe answered: ${last}`
  throw new FailureError('never-healthy', { diagnosis })
}

/** What does not listen yet is asked again at once: the interval is for an app that answers. */
const soonMs = 50

/** Whether it got healthy by the deadline. */
export async function pollForHealth(
  ask: () => Promise<{ healthy: boolean; refused: boolean }>,
  { deadlineMs, intervalMs, signal }: { deadlineMs: number; intervalMs: number; signal: AbortSignal },
): Promise<boolean> {
  const end = performance.now() + deadlineMs
  const listen = async () => {
    const found = await ask()
    return found.refused ? undefined : found
  }
  const soon = { intervalMs: Math.min(soonMs, intervalMs), longestMs: intervalMs }
  const first = await pollUntil(listen, { deadlineMs, ...soon, signal })
  if (!first || first.healthy) return first !== undefined
  await sleep(Math.min(intervalMs, Math.max(0, end - performance.now())), signal)
  const rest = { deadlineMs: end - performance.now(), intervalMs, signal }
  return (await pollUntil(async () => (await ask()).healthy || undefined, rest)) ?? false
}

async function awaitExit(container: Docker.Container, name: string, signal: AbortSignal): Promise<never> {
  await callEngine(() => container.wait({ condition: 'not-running', abortSignal: signal }), undefined, signal)
  throw new FailureError('container-crashed', { diagnosis: name })
}
