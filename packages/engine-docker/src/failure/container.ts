import { FailureError } from '@stevedore/contract'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import { callEngine } from './translate.ts'

const keptLines = 20

/** `how`, and the last lines of the container where it has any. */
export async function withLastLines(container: Docker.Container, how: string): Promise<string> {
  // They only illustrate: what cannot be read is left out.
  const lines = await readLastLines(container, keptLines).catch(() => [])
  return lines.length > 0 ? `${how}; its last lines:\n${lines.join('\n')}` : how
}

/** Whatever ended the wait for a container's health: an exit is a crash, and its last lines say more than a probe. */
export async function explainUnhealthy(container: Docker.Container, name: string, error: unknown): Promise<unknown> {
  const { State } = await callEngine(() => container.inspect())
  if (!State.Running && State.Status !== 'created') {
    const cause = State.OOMKilled ? ' (killed: it took more memory than its limit)' : ''
    const diagnosis = await withLastLines(container, `${name} exited with code ${State.ExitCode}${cause}`)
    return new FailureError('container-crashed', { diagnosis })
  }
  if (!(error instanceof FailureError) || error.code !== 'never-healthy') return error
  return new FailureError(error.code, { diagnosis: await withLastLines(container, error.diagnosis ?? error.message) })
}
