import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

const folders = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']

/** The path of a program where distributions put theirs. */
export async function findExecutable(name: string): Promise<string | undefined> {
  for (const path of folders.map((folder) => join(folder, name)))
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  return undefined
}
