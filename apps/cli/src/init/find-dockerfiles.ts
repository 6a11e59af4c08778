import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const skipped = new Set(['node_modules', 'vendor', 'dist', 'target', 'testdata'])
const deepest = 4
const mostFolders = 2_000
const mostFound = 100

export interface FoundDockerfiles {
  /** The nearest first. */
  paths: string[]
  /** Whether there may be more than were looked at. */
  isCut: boolean
}

/** Dockerfiles below a folder; links are not followed. */
export async function findDockerfiles(folder: string): Promise<FoundDockerfiles> {
  const found: string[] = []
  let level = ['']
  let seen = 0
  for (let depth = 0; depth < deepest && level.length > 0 && found.length < mostFound; depth += 1) {
    const folders = level.slice(0, mostFolders - seen)
    seen += folders.length
    const listed = await Promise.all(folders.map((inner) => list(folder, inner)))
    found.push(...listed.flatMap(({ dockerfiles }) => dockerfiles))
    level = listed.flatMap(({ folders: inner }) => inner)
  }
  return { paths: found.slice(0, mostFound), isCut: found.length > mostFound || seen >= mostFolders }
}

async function list(root: string, folder: string): Promise<{ dockerfiles: string[]; folders: string[] }> {
  // What may not be read holds nothing for its reader.
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  const isOpen = (name: string) => !name.startsWith('.') && !skipped.has(name)
  return {
    dockerfiles: entries
      .filter(
        (entry) =>
          entry.isFile() &&
          /^(dockerfile(\..+)?|.+\.dockerfile)$/i.test(entry.name) &&
          !/\.dockerignore$/.test(entry.name),
      )
      .map(({ name }) => join(folder, name))
      .sort(),
    folders: entries
      .filter((entry) => entry.isDirectory() && isOpen(entry.name))
      .map(({ name }) => join(folder, name))
      .sort(),
  }
}
