import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Component, findProgram } from './component.ts'

export const gitComponent: Component = {
  name: 'git',
  found: findProgram('git') !== undefined,
  bring: 'apt-get install git',
}

export interface TestRepository {
  dir: string
  /** `file:///…`. */
  url: string
  /** Writes files (`{ link: '…' }` makes a symbolic link) and commits them; gives the full hash. */
  commit(files: Record<string, string | Buffer | { link: string }>, message?: string): string
  /** Runs git in the repository; gives its output, trimmed. */
  git(...args: string[]): string
  /** Makes objects that no work tree could hold. @param entries `MODE TYPE HASH<tab>NAME` */
  makeTree(entries: string[]): string
  writeBlob(content: string): string
  remove(): void
}

/** Makes an empty repository with the branch `main`. A server may leave the files of old commits out when asked to. */
export function createRepository({
  dir = mkdtempSync(join(tmpdir(), 'stevedore-git-')),
  format = 'sha1',
}: {
  dir?: string
  format?: 'sha1' | 'sha256'
} = {}): TestRepository {
  mkdirSync(dir, { recursive: true })
  const run = (input: string, args: string[]) =>
    execFileSync('git', ['-C', dir, ...args], { env: gitEnvironment, encoding: 'utf8', stdio: 'pipe', input }).trim()
  const git = (...args: string[]) => run('', args)
  git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`)
  git('config', 'uploadpack.allowFilter', 'true')
  return {
    dir,
    url: `file://${dir}`,
    git,
    makeTree: (entries) => run(entries.map((entry) => `${entry}\n`).join(''), ['mktree']),
    writeBlob: (content) => run(content, ['hash-object', '-w', '--stdin']),
    commit(files, message = 'Change files') {
      for (const [path, content] of Object.entries(files)) writeEntry(join(dir, path), content)
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return git('rev-parse', 'HEAD')
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Settings of the machine must not show in the tests. */
const gitEnvironment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

function writeEntry(path: string, content: string | Buffer | { link: string }): void {
  mkdirSync(dirname(path), { recursive: true })
  if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(path, content)
  else symlinkSync(content.link, path)
}
