import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Pack } from 'tar-stream'

interface Tree {
  /** A folder of this machine. */
  from: string
  /** Where its content goes, without a slash at the front. */
  to: string
  /** Of a file's or folder's path on this machine. */
  isLeftOut?: (path: string) => boolean
}

/** Adds what a folder holds to an image, links as they are. */
export function addTree(tar: Pack, { from, to, isLeftOut = () => false }: Tree): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const path = join(from, entry.name)
    const name = join(to, entry.name)
    if (isLeftOut(path)) continue
    if (entry.isDirectory()) addTree(tar, { from: path, to: name, isLeftOut })
    else if (entry.isSymbolicLink()) tar.entry({ name, type: 'symlink', linkname: readlinkSync(path) })
    else if (entry.isFile()) tar.entry({ name, mode: statSync(path).mode & 0o777 }, readFileSync(path))
  }
}
