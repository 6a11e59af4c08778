import { FailureError } from '@stevedore/contract'
import { createProbeFilter } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import type { Host } from '../hosts.ts'
import type { ReplicaContainer } from '../state/replicas.ts'
import { callEngine } from './translate.ts'

const keptLines = 20

/** `how`, and the last lines of the container where it has any, without those that health checks left. */
export async function withLastLines(container: Docker.Container, how: string, healthPath?: string): Promise<string> {
  // They only illustrate: what cannot be read is left out.
  const lines = await readLastLines(container, keptLines, createProbeFilter(healthPath)).catch(() => [])
  return lines.length > 0 ? `${how}; its last lines:\n${lines.join('\n')}` : how
}

/** Whatever ended the wait for a container's health: an exit is a crash, and its last lines say more than a probe. */
export async function explainUnhealthy(
  { docker }: Host,
  { id, name, server }: ReplicaContainer,
  error: unknown,
): Promise<unknown> {
  const container = docker.getContainer(id)
  const { path } = server.check
  const { State } = await callEngine(() => container.inspect())
  // Docker calls one that waits for its next start running.
  if ((!State.Running || State.Restarting) && State.Status !== 'created') {
    const cause = State.OOMKilled ? ' (killed: it took more memory than its limit)' : ''
    const diagnosis = await withLastLines(container, `${name} exited with code ${State.ExitCode}${cause}`, path)
    return new FailureError('container-crashed', { diagnosis })
  }
  if (!(error instanceof FailureError) || error.code !== 'never-healthy') return error
  const diagnosis = await withLastLines(container, error.diagnosis ?? error.message, path)
  return new FailureError(error.code, { diagnosis })
}
