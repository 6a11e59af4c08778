import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import type { Pack } from 'tar-stream'

/** Adds programs of this machine to an image with the shared libraries that they load, each where it looks for them. */
export function addPrograms(tar: Pack, programs: Record<string, string>): void {
  for (const [name, source] of Object.entries(programs))
    tar.entry({ name: name.slice(1), mode: 0o755 }, readFileSync(source))
  addLibraries(tar, Object.values(programs))
}

/** Adds the shared libraries that programs of this machine load. @param own a folder that is added by other means */
export function addLibraries(tar: Pack, programs: readonly string[], own?: string): void {
  const libraries = new Set(programs.flatMap(listLibraries).filter((path) => !own || !path.startsWith(own)))
  for (const path of libraries) tar.entry({ name: path.slice(1), mode: 0o755 }, readFileSync(realpathSync(path)))
}

/** ldd ends with 1 for a program that loads none. */
function listLibraries(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' })
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path!)
}
