import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { CliError, exitStatus } from '../exit.ts'
import { type IgnorePatterns, parseIgnorePatterns } from './ignore-patterns.ts'

/**
 * The files of a build context, relative to it: all that `.dockerignore` leaves; without one what git would track, so that
 * `.gitignore` holds; outside git everything.
 * @throws CliError when there is a `.dockerignore` that cannot be read: nobody knows what it would have left out
 */
export async function listFiles(dir: string, options: { dockerfile: string }): Promise<string[]> {
  const ignoreFile = await readIgnoreFile(join(dir, '.dockerignore'))
  if (ignoreFile === undefined) return (await listTracked(dir)) ?? collect(dir, parseIgnorePatterns('.git'))
  const listed = await collect(dir, parseIgnorePatterns(ignoreFile))
  // The builder needs these two whatever the patterns say.
  return [...new Set([...listed, '.dockerignore', options.dockerfile])].filter((path) => !path.startsWith('.git/'))
}

async function readIgnoreFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CliError(exitStatus.usage, `${path} cannot be read (${code})`, 'Make it a plain file that you may read.')
  }
}

async function listTracked(dir: string): Promise<string[] | undefined> {
  const arguments_ = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.']
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
