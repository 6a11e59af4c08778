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
  for (let faults = chooseFaults(draft); faults.length > 0; faults = chooseFaults(draft))
    for (const { path, message } of faults) {
      if (path.length < (path[0] === 'environments' ? 3 : 2) || readAt(draft.spec, path) === undefined)
        throw new Error(`the spec of ${draft.app} cannot be made valid: ${path.join('.')} ${message}`)
      leaveOut(draft, nameEntry(draft, path), message)
      removeAt(draft.spec, path)
    }
}

/** All entries that are wrong by themselves, the last of a list first; else one setting, without which others may be right. */
function chooseFaults({ spec }: Draft): Fault[] {
  const found = new Map<string, Fault>()
  for (const { path, message } of findFaults(spec)) {
    const entry = chooseEntry(path)
    if (!found.has(entry.join('\n'))) found.set(entry.join('\n'), { path: entry, message })
  }
  const all = [...found.values()].toReversed()
  const entries = all.filter(({ path }) => path.length > 3)
  return entries.length > 0 ? entries : all.slice(-1)
}

const unknown = 'is not a setting of this version of Stevedore'
const misleading = 'holds characters that make a text read as other than it is'

/** Of names the schema takes plain ones alone, so what deceives can only be in a value, once the schema has none against it. */
function findFaults(spec: object): Fault[] {
  const { error } = appSpec.safeParse(spec)
  if (error)
    return listFaults(error).map(({ path, code, message }) => ({
      path: path.map(String),
      message: code === 'unknown-key' ? unknown : message,
    }))
  const deceptive = findDeceptiveText(spec)
  return deceptive ? [{ path: deceptive.map(String), message: misleading }] : []
}

function chooseEntry(path: Path): Path {
  const [part, , setting = '', , key = ''] = path
  if (setting === 'services') return chooseOfService(path, key)
  if (part !== 'environments') return path.slice(0, part === 'build' && path[1] === 'args' ? 3 : 2)
  return path.slice(0, byEntry.has(setting) ? 4 : 3)
}

/** A companion without its image is none; anything else of it goes as what an environment says does. */
function chooseOfService(path: Path, key: string): Path {
  return path.slice(0, key === 'image' ? 4 : byEntry.has(key) ? 6 : 5)
}

/** As a person finds it: a list's entry by what it says. */
function nameEntry(draft: Draft, path: Path): string {
  const value = readAt(draft.spec, path)
  const isListed = Array.isArray(readAt(draft.spec, path.slice(0, -1)))
  const shown = isListed && typeof value === 'string' ? [...path.slice(0, -1), value] : path
  return shown.slice(shown[0] === 'environments' ? 2 : 0).join(' ')
}
