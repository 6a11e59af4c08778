import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseInstructions, splitPaths } from '@stevedore/formats'
import { isInside } from './foreign-file.ts'
import type { Place } from './place.ts'
import { tryRead } from './read-manifests.ts'

const mostSources = 50

/** The Dockerfile's own folder, unless what it copies is not there and is in the folder of the project. */
export async function chooseContext(
  { folder: project, root }: Place,
  { folder, dockerfile }: { folder: string; dockerfile: string },
): Promise<string> {
  const sources = listCopied(await tryRead(root, join(folder, dockerfile)))
  if (await hasAll(folder, sources)) return folder
  return (await hasAll(project, sources)) ? project : folder
}

/** The files that a Dockerfile copies out of its context, as far as their names can be told. */
function listCopied(text: string): string[] {
  return parseInstructions(text, 'skip')
    .filter(({ name, onBuild }) => !onBuild && (name === 'COPY' || name === 'ADD'))
    .filter(({ flags }) => !flags.some((flag) => flag.startsWith('--from=')))
    .flatMap(({ rest }) => splitPaths(rest).slice(0, -1))
    .filter((path) => !/[$*?[\]\\<]|:\/\/|^git@/.test(path))
    .slice(0, mostSources)
}

async function hasAll(folder: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const found = join(folder, path)
    const isThere = isInside(folder, found) && (await lstat(found).catch(() => undefined)) !== undefined
    if (!isThere) return false
  }
  return true
}
