import { type DockerEnvironment, durationMs, FailureError } from '@stevedore/contract'
import { type Release, sleep, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import { dockerSettings } from '../spec/container.ts'
import { describeProbe, type ProbeResult, probeReplica } from '../state/probe.ts'
import type { ReplicaContainer } from '../state/replicas.ts'

const lastLines = 20

/**
 * Probes a running replica until it has answered well often enough in a row. An exit is seen at once, not at the next probe.
 * @throws FailureError `container-crashed` with exit code and last lines, `never-healthy` with the last probe's answer
 */
export async function awaitHealthy(
  host: Host,
  release: Release,
  replica: ReplicaContainer,
  threshold: number,
  context: WorkContext,
): Promise<void> {
  const settings = dockerSettings(release)
  const container = host.docker.getContainer(replica.id)
  const over = new AbortController()
  const probing = { ...context, signal: AbortSignal.any([context.signal, over.signal]) }
  try {
    await Promise.race([
      probeUntilHealthy(host, replica, settings, threshold, probing),
      awaitExit(container, replica.name, probing.signal),
    ])
  } catch (error) {
    context.signal.throwIfAborted()
    throw await explainExit(container, replica.name, error)
  } finally {
    over.abort()
  }
}

async function probeUntilHealthy(
  host: Host,
  replica: ReplicaContainer,
  settings: DockerEnvironment,
  threshold: number,
  { signal, log }: WorkContext,
): Promise<void> {
  const { health } = settings
  const wish = describeProbe(settings)
  const deadline = performance.now() + durationMs(health.deadline)
  let last: ProbeResult | undefined
  for (let passed = 0; ; ) {
    const result = await probeReplica(host, replica, wish, signal)
    if (result.answer !== last?.answer) log(`${replica.name}: ${result.answer}`)
    last = result
    passed = result.healthy ? passed + 1 : 0
    if (passed >= threshold) return
    if (performance.now() > deadline) throw neverHealthy(replica.name, health.deadline, last)
    await sleep(durationMs(health.interval), signal)
  }
}

function neverHealthy(name: string, deadline: string, { answer }: ProbeResult): FailureError {
  return new FailureError('never-healthy', {
    diagnosis: `${name} was not healthy within ${deadline}; the last probe answered: ${answer}`,
  })
}

async function awaitExit(container: Docker.Container, name: string, signal: AbortSignal): Promise<never> {
  await container.wait({ condition: 'not-running', abortSignal: signal })
  throw new FailureError('container-crashed', { diagnosis: name })
}

/** Whatever ended the wait: an exited container is a crash, and its last lines say more than a probe. */
async function explainExit(container: Docker.Container, name: string, error: unknown): Promise<unknown> {
  const { State } = await callEngine(() => container.inspect())
  const lines = (await readLastLines(container, lastLines).catch(() => [])).join('\n')
  if (State.Running || State.Status === 'created') return withLines(error, lines)
  const cause = State.OOMKilled ? ' (killed: it took more memory than its limit)' : ''
  return new FailureError('container-crashed', {
    diagnosis: `${name} exited with code ${State.ExitCode}${cause}${lines ? `; its last lines:\n${lines}` : ''}`,
  })
}

function withLines(error: unknown, lines: string): unknown {
  if (!(error instanceof FailureError) || error.code !== 'never-healthy' || !lines) return error
  return new FailureError(error.code, { diagnosis: `${error.diagnosis}\nIts last lines:\n${lines}` })
}
