import { realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { isInside } from './foreign-file.ts'

/** Where a project is, on this machine and, where it has a remote, in git. */
export interface Place {
  /** Where its spec is written, links followed. */
  folder: string
  /** The source as a build gets it: the repository where there is a remote, else the folder that is uploaded. */
  root: string
  git: { url: string; ref: string; hadCredentials: boolean } | undefined
}

export async function findPlace(folder: string): Promise<Place> {
  const real = await realpath(folder)
  const url = await askGit(real, 'remote', 'get-url', 'origin')
  const top = url === undefined ? undefined : await askGit(real, 'rev-parse', '--show-toplevel')
  if (url === undefined || top === undefined) return { folder: real, root: real, git: undefined }
  const ref = await findRef(real)
  const bare = dropCredentials(url)
  return { folder: real, root: await realpath(top), git: { url: bare, ref, hadCredentials: bare !== url } }
}

/** The branch that the remote begins with, else the one of this folder. */
async function findRef(folder: string): Promise<string> {
  const head = await askGit(folder, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD')
  const branch = head?.replace(/^origin\//, '') ?? (await askGit(folder, 'branch', '--show-current'))
  return branch || 'main'
}

async function askGit(cwd: string, ...words: string[]): Promise<string | undefined> {
  const { execa } = await import('execa')
  const asked = await execa('git', words, { cwd, reject: false, timeout: 10_000, maxBuffer: 100_000 })
  return asked.exitCode === 0 && asked.stdout !== '' ? asked.stdout : undefined
}

/** What lets a person in stands in no spec. */
function dropCredentials(text: string): string {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return text
  const url = new URL(text)
  if (url.username === '' && url.password === '') return text
  url.username = ''
  url.password = ''
  return url.href
}

/** A path of this machine as the spec names it, `.` for the source itself; undefined where it is not in the source. */
export function pathInSource({ root }: Pick<Place, 'root'>, path: string): string | undefined {
  if (!isInside(root, path)) return undefined
  return relative(root, path).split(sep).join('/') || '.'
}
