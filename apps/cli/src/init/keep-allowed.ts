import { appSpec, findDeceptiveText, listFaults } from '@stevedore/contract'
import { type Draft, leaveOut, type Path, readAt, removeAt } from './draft.ts'

/** What is taken out entry by entry; of anything else of an environment the whole setting goes: half a command is another one. */
const byEntry = new Set([
  'env',
  'secrets',
  'files',
  'volumes',
  'health',
  'resources',
  'capabilities',
  'writablePaths',
  'ports',
  'processes',
])

interface Fault {
  path: Path
  message: string
}

/**
 * Takes out of a draft what no spec may say, and tells it with the contract's own reason. So there is one place that knows what a spec may
 * hold, and what is written is always one.
 */
export function keepAllowed(draft: Draft): void {
  for (let fault = findFault(draft); fault; fault = findFault(draft)) {
    const path = chooseEntry(fault.path)
    if (path.length < (path[0] === 'environments' ? 3 : 2) || readAt(draft.spec, path) === undefined)
      throw new Error(`the spec of ${draft.app} cannot be made valid: ${fault.path.join('.')} ${fault.message}`)
    leaveOut(draft, nameEntry(draft, path), fault.message)
    removeAt(draft.spec, path)
  }
}

const unknown = 'is not a setting of this version of Stevedore'
const misleading = 'holds characters that make a text read as other than it is'

/** Of names the schema takes plain ones alone, so what deceives can only be in a value, once the schema has none against it. */
function findFault({ spec }: Draft): Fault | undefined {
  const { error } = appSpec.safeParse(spec)
  const [fault] = error ? listFaults(error) : []
  if (fault) return { path: fault.path.map(String), message: fault.code === 'unknown-key' ? unknown : fault.message }
  const deceptive = findDeceptiveText(spec)
  return deceptive && { path: deceptive.map(String), message: misleading }
}

function chooseEntry(path: Path): Path {
  const [part, , setting = ''] = path
  if (part !== 'environments') return path.slice(0, part === 'build' && path[1] === 'args' ? 3 : 2)
  return path.slice(0, byEntry.has(setting) ? 4 : 3)
}

/** As a person finds it: a list's entry by what it says. */
function nameEntry(draft: Draft, path: Path): string {
  const value = readAt(draft.spec, path)
  const isListed = Array.isArray(readAt(draft.spec, path.slice(0, -1)))
  const shown = isListed && typeof value === 'string' ? [...path.slice(0, -1), value] : path
  return shown.slice(shown[0] === 'environments' ? 2 : 0).join(' ')
}
