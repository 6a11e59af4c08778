import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../system-error.ts'
import { type IgnorePatterns, parseIgnorePatterns } from './ignore-patterns.ts'

/**
 * The files of a build context, relative to it: all that `.dockerignore` leaves; without one what git would track, submodules with their own
 * files, so that `.gitignore` holds; outside git everything. A folder with nothing in it ends in a slash.
 */
export async function listFiles(dir: string, { dockerfile }: { dockerfile: string }): Promise<string[]> {
  const ignoreFile = await unlessAbsent(readFile(join(dir, '.dockerignore'), 'utf8'))
  if (ignoreFile === undefined) return (await listTracked(dir)) ?? collect(dir, parseIgnorePatterns('.git'))
  const listed = await collect(dir, parseIgnorePatterns(ignoreFile))
  // The builder needs these two whatever the patterns say.
  return [...new Set([...listed, '.dockerignore', dockerfile])].filter((path) => !path.startsWith('.git/'))
}

async function listTracked(dir: string): Promise<string[] | undefined> {
  const files = await askGit(dir, '--cached')
  if (files === undefined) return undefined
  // Folders that it does not track, one entry each: those with nothing in them are among them.
  const folders = (await askGit(dir, '--directory')) ?? []
  const found = await Promise.all([
    ...files.map((path) => openFolder(dir, path)),
    ...folders.filter((path) => path.endsWith('/')).map((path) => listEmpty(dir, path.slice(0, -1))),
  ])
  return [...new Set(found.flat())]
}

async function askGit(dir: string, also: '--cached' | '--directory'): Promise<string[] | undefined> {
  const arguments_ = ['ls-files', '-z', also, '--others', '--exclude-standard', '--', '.']
  const { execa } = await import('execa')
  const listed = await execa('git', arguments_, { cwd: dir, reject: false, maxBuffer: 100_000_000 })
  if (listed.exitCode !== 0) return undefined
  return [...new Set(listed.stdout.split('\0').filter((path) => path !== ''))]
}

/** git lists a repository inside another as one path: its files are those that it lists itself. */
async function openFolder(dir: string, path: string): Promise<string[]> {
  const stats = await unlessAbsent(lstat(join(dir, path)))
  if (!stats?.isDirectory()) return [path]
  const inner = (await hasRepository(join(dir, path))) ? await listTracked(join(dir, path)) : undefined
  const files = inner ?? (await collect(join(dir, path), parseIgnorePatterns('.git')))
  const bare = path.replace(/\/$/, '')
  return files.length === 0 ? [`${bare}/`] : files.map((file) => `${bare}/${file}`)
}

/** Without one of its own, git would list the files of the repository around it. */
async function hasRepository(dir: string): Promise<boolean> {
  return (await unlessAbsent(lstat(join(dir, '.git')))) !== undefined
}

async function listEmpty(dir: string, path: string): Promise<string[]> {
  const entries = await readdir(join(dir, path), { withFileTypes: true })
  if (entries.length === 0) return [`${path}/`]
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== '.git')
  return (await Promise.all(folders.map(({ name }) => listEmpty(dir, `${path}/${name}`)))).flat()
}

async function collect(dir: string, patterns: IgnorePatterns, folder = ''): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true })
  if (entries.length === 0 && folder) return patterns.excludes(folder) ? [] : [`${folder}/`]
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
