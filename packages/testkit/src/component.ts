import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Something real that tests run against and a machine may lack. */
export interface Component {
  name: string
  found: boolean
  /** The command that brings it. */
  bring: string
}

/** Whether any component is absent; prints each with the command that brings it. For `describe.skipIf(lacks(…))`. */
export function lacks(...components: Component[]): boolean {
  const missing = components.filter((component) => !component.found)
  for (const { name, bring } of missing) console.warn(`skipped: no ${name} here; bring it with: ${bring}`)
  return missing.length > 0
}

const programFolders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/bin',
]

/** The path of the first of these programs that is installed where distributions put theirs. */
export function findProgram(...names: string[]): string | undefined {
  return names.flatMap((name) => programFolders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // It is absent, or not ours to run.
    return false
  }
}
