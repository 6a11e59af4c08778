import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `stevedore up` leaves in the data directory, so that the command line of the same user works at once. */
export const localFiles = {
  /** The first admin token. */
  token: (dataDir: string) => join(dataDir, 'token'),
  /** The address of the running server. */
  url: (dataDir: string) => join(dataDir, 'url'),
} as const

/** The trimmed text of a file, or undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
