import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LeftOut } from '../draft.ts'

/** What compose would read beside the file, and is not followed here. */
export async function tellUnread(folder: string, read: readonly string[]): Promise<LeftOut[]> {
  // A folder that may not be listed has none that compose would find.
  const names = await readdir(folder).catch(() => [])
  const taken = new Set(read.map((path) => basename(path)))
  const overrides = names.filter((name) => /^(docker-)?compose\.override\.ya?ml$/.test(name) && !taken.has(name))
  const why = 'is not read: `stevedore import compose` takes several files, each merged into those before it'
  return overrides.map((what) => ({ what, why }))
}
