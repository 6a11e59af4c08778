import { readFile } from 'node:fs/promises'
import type { Check } from './check.ts'

const name = 'build output'
const variables = ['BUILDKIT_STEP_LOG_MAX_SIZE', 'BUILDKIT_STEP_LOG_MAX_SPEED']

/** The first whose BuildKit is not stuck by a step that prints more than 1 MiB at once. */
const soundMajor = 23

/**
 * Whether the engine of this machine keeps all that a step of a build prints. Its daemon alone knows, and tells nobody but root.
 * @param engine as the check of Docker found it, `engine 29.1.0`
 * @param readEnvironment `NAME=VALUE` of its daemon, each ended by a zero; rejects where that is not to be seen
 */
export async function checkBuildOutput(engine: string, readEnvironment = readOfDaemon): Promise<Check[]> {
  if (Number(/\d+/.exec(engine)?.[0]) < soundMajor) return [old]
  const environment = await readEnvironment().catch(() => undefined)
  if (environment === undefined) return []
  const set = environment.split('\0').filter((entry) => variables.some((variable) => entry.startsWith(`${variable}=`)))
  if (set.length === variables.length) return [{ name, state: 'good', found: set.toSorted().join(' ') }]
  const found = 'of what a step prints, BuildKit leaves out all beyond 2 MiB, or 200 KiB a second'
  const remedy = `Set ${variables.join(' and ')} for dockerd (docs/guide/install.md), or let Stevedore build in a container of its own.`
  return [{ name, state: 'missing', found, remedy }]
}

const old: Check = {
  name,
  state: 'missing',
  found:
    'BuildKit of this engine leaves out much of what a step prints, and a step that prints over 1 MiB at once may hold up its build for good',
  remedy: `Docker ${soundMajor} or newer, or let Stevedore build in a container of its own.`,
}

async function readOfDaemon(): Promise<string> {
  const pid = (await readFile('/var/run/docker.pid', 'utf8')).trim()
  return readFile(`/proc/${pid}/environ`, 'utf8')
}
