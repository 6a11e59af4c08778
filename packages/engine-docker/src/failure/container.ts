import { FailureError } from '@stevedore/contract'
import { createProbeFilter, type Place, suggestSettings } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import { callEngine } from './translate.ts'

const keptLines = 20

type Settings = Place['settings']

/**
 * `how`, the last lines of the container where it has any, without those that health checks left, and which settings may mend what they
 * tell of.
 */
export async function withLastLines(container: Docker.Container, how: string, settings: Settings): Promise<string> {
  const isNoise = createProbeFilter(settings.health.path)
  // They only illustrate: what cannot be read is left out.
  const lines = await readLastLines(container, keptLines, isNoise).catch(() => [])
  const suggestion = suggestSettings(lines, settings)
  if (lines.length === 0) return how
  return [`${how}; its last lines:`, ...lines, ...(suggestion ? [suggestion] : [])].join('\n')
}

/** Whatever ended the wait for a container's health: an exit is a crash, and its last lines say more than a probe. */
export async function explainUnhealthy(
  container: Docker.Container,
  { name, settings }: { name: string; settings: Settings },
  error: unknown,
): Promise<unknown> {
  const { State } = await callEngine(() => container.inspect())
  // Docker calls one that waits for its next start running.
  if ((!State.Running || State.Restarting) && State.Status !== 'created') {
    const cause = State.OOMKilled ? ' (killed: it took more memory than its limit)' : ''
    const diagnosis = await withLastLines(container, `${name} exited with code ${State.ExitCode}${cause}`, settings)
    return new FailureError('container-crashed', { diagnosis })
  }
  if (!(error instanceof FailureError) || error.code !== 'never-healthy') return error
  const diagnosis = await withLastLines(container, error.diagnosis ?? error.message, settings)
  return new FailureError(error.code, { diagnosis })
}
