import { type FailureCode, FailureError } from '@stevedore/contract'
import { createProbeFilter, type Place, suggestSettings } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'
import { findExcess } from './excess.ts'
import { callEngine } from './translate.ts'

const keptLines = 20

type Settings = Place['settings']

interface Ending {
  code: FailureCode
  /** `shop-1 exited with code 3` */
  how: string
}

/**
 * A failure that tells the last lines of the container where it has any, without those that health checks left, and which settings may
 * mend what they tell of. It is `resource-exceeded` where the container ran into a limit.
 */
export async function failWithLastLines(
  container: Docker.Container,
  settings: Settings,
  { code, how }: Ending,
): Promise<FailureError> {
  const isNoise = createProbeFilter(settings.health.path)
  // They only illustrate: what cannot be read is left out.
  const lines = await readLastLines(container, keptLines, isNoise).catch(() => [])
  const excess = await findExcess(container, settings, lines)
  const suggestion = excess ? undefined : suggestSettings(lines, settings)
  const told = excess ? `${how}: ${excess}` : how
  const more = lines.length > 0 ? [`${told}; its last lines:`, ...lines, ...(suggestion ? [suggestion] : [])] : [told]
  return new FailureError(excess ? 'resource-exceeded' : code, { diagnosis: more.join('\n') })
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
    const how = `${name} exited with code ${State.ExitCode}`
    return failWithLastLines(container, settings, { code: 'container-crashed', how })
  }
  if (!(error instanceof FailureError) || error.code !== 'never-healthy') return error
  return failWithLastLines(container, settings, { code: error.code, how: error.diagnosis ?? error.message })
}
