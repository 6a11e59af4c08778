import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { CliError, exitStatus } from '../exit.ts'
import { systemCode, unlessAbsent } from '../system-error.ts'

const maxBytes = 2 ** 20

/**
 * The text of a file of somebody's project, or undefined where there is none.
 * @param root its links followed
 * @throws CliError for one that leads out of the project, is no plain file, or is too large
 */
export async function readForeignFile(root: string, path: string): Promise<string | undefined> {
  const found = await findWithin(root, path)
  if (found === undefined) return undefined
  const name = relative(root, path) || path
  // Whoever opens a pipe waits for who writes into it.
  const file = await open(found, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) =>
    refuse(name, `cannot be read (${systemCode(error)})`),
  )
  try {
    const stats = await file.stat()
    if (!stats.isFile()) return refuse(name, 'is not a file')
    if (stats.size > maxBytes) return refuse(name, 'is larger than 1 MiB')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Where a path leads to, links followed. */
async function findWithin(root: string, path: string): Promise<string | undefined> {
  const found = await unlessAbsent(realpath(path)).catch((error: unknown) =>
    refuse(relative(root, path), `cannot be read (${systemCode(error)})`),
  )
  if (found === undefined || isInside(root, found)) return found
  return refuse(relative(root, path), 'leads out of the project')
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function refuse(name: string, why: string): never {
  throw new CliError(exitStatus.usage, `${name}: ${why}`)
}
