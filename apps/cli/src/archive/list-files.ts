import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../system-error.ts'
import { type IgnorePatterns, parseIgnorePatterns } from './ignore-patterns.ts'

/**
 * The files of a build context, relative to it: all that `.dockerignore` leaves; without one what git would track, so that
 * `.gitignore` holds; outside git everything.
 */
export async function listFiles(dir: string, { dockerfile }: { dockerfile: string }): Promise<string[]> {
  const ignoreFile = await unlessAbsent(readFile(join(dir, '.dockerignore'), 'utf8'))
  if (ignoreFile === undefined) return (await listTracked(dir)) ?? collect(dir, parseIgnorePatterns('.git'))
  const listed = await collect(dir, parseIgnorePatterns(ignoreFile))
  // The builder needs these two whatever the patterns say.
  return [...new Set([...listed, '.dockerignore', dockerfile])].filter((path) => !path.startsWith('.git/'))
}

async function listTracked(dir: string): Promise<string[] | undefined> {
  const arguments_ = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.']
  const { execa } = await import('execa')
  const listed = await execa('git', arguments_, { cwd: dir, reject: false, maxBuffer: 100_000_000 })
  if (listed.exitCode !== 0) return undefined
  return [...new Set(listed.stdout.split('\0').filter((path) => path !== ''))]
}

async function collect(dir: string, patterns: IgnorePatterns, folder = ''): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true })
  const found = await Promise.all(
    entries.map((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      const excluded = patterns.excludes(path)
      if (entry.isDirectory()) return excluded && !patterns.hasExceptions ? [] : collect(dir, patterns, path)
      return excluded ? [] : [path]
    }),
  )
  return found.flat().sort()
}
