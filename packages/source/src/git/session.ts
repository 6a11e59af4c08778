import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { remoteSettings, safetySettings } from './arguments.ts'
import { checkCredentialPath, layOutCredential } from './credential.ts'
import type { Remote } from './remote.ts'
import { runGit, runProgram } from './run-git.ts'
import { readSshAddress } from './ssh-address.ts'

/** Runs git for one checkout: with a scrubbed environment, a private folder, and a signal that ends whatever runs. */
export interface GitSession {
  /** A path inside the private folder. */
  path(name: string): string
  /** Runs git with the remote in reach; gives its standard output. @param ends it earlier than the session's own signal */
  runRemote(args: string[], ends?: AbortSignal): Promise<string>
  /** Runs git with every transport shut: a repository with parts left out must not fetch them now. */
  runLocal(args: string[]): Promise<string>
  /** As `runLocal`, handing the output on as it comes; what `onOutput` throws ends it. */
  streamLocal(args: string[], onOutput: (chunk: Buffer) => void): Promise<void>
  /** The repository's path at its ssh server; undefined where it is reached otherwise. */
  sshPath: string | undefined
  /** Has the ssh server run a command, signed in as git is; gives its standard output. */
  askSsh(command: string): Promise<string>
  close(): Promise<void>
}

interface SessionOptions {
  /** The private folder is made beside this one. */
  dir: string
  credential?: string | undefined
  caFile?: string | undefined
  knownHostsFile?: string | undefined
  signal: AbortSignal
}

export async function openGitSession(
  remote: Remote,
  { dir, credential, caFile, knownHostsFile, signal }: SessionOptions,
): Promise<GitSession> {
  checkCredentialPath(remote, credential)
  if (remote.scheme.startsWith('http')) await checkVersion(signal)
  const home = await mkdtemp(`${dir}.git-`)
  const signIn = await layOutCredential(home, remote, credential, knownHostsFile)
  const config = await writeGitConfig(home, remote)
  const remoteEnv = { ...gitEnvironment(home, config), ...signIn, GIT_ALLOW_PROTOCOL: remote.scheme }
  const localEnv = { ...gitEnvironment(home, config), GIT_ALLOW_PROTOCOL: 'none' }
  const local = safetySettings('none')
  const ssh = remote.scheme === 'ssh' ? readSshAddress(remote.url) : undefined
  return {
    path: (name) => join(home, name),
    runRemote: (args, ends = signal) =>
      runGit([...safetySettings(remote.scheme), ...remoteSettings(remote, caFile), ...args], remoteEnv, ends),
    runLocal: (args) => runGit([...local, ...args], localEnv, signal),
    streamLocal: async (args, onOutput) => void (await runGit([...local, ...args], localEnv, signal, onOutput)),
    sshPath: ssh?.path,
    async askSsh(command) {
      if (!ssh || !signIn.GIT_SSH) throw new Error('the repository is not reached by ssh')
      const args = ['-p', String(remote.port), '--', ssh.destination, command]
      return runProgram(signIn.GIT_SSH, args, remoteEnv, signal)
    },
    close: () => rm(home, { recursive: true, force: true }),
  }
}

/** Nothing of the worker's own environment gets through: not its proxies, agents, tokens or git variables. */
function gitEnvironment(home: string, configFile: string): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    HOME: home,
    // A worker that was started inside a repository, or keeps its data in one, does not lend its remotes to a checkout.
    GIT_CEILING_DIRECTORIES: dirname(home),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configFile,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
}

/** git serves a repository of another user's only where a file says so, and `file` is only taken where the operator trusts them. */
async function writeGitConfig(home: string, remote: Remote): Promise<string> {
  if (remote.scheme !== 'file') return '/dev/null'
  const path = join(home, 'gitconfig')
  await writeFile(path, '[safe]\n\tdirectory = *\n')
  return path
}

/** Older ones ignore `http.curloptResolve` without a word, and with it the pin. */
const oldestVersion = [2, 37] as const

async function checkVersion(signal: AbortSignal): Promise<void> {
  const found = await runGit(['--version'], gitEnvironment('/', '/dev/null'), signal)
  const [major = 0, minor = 0] = /(\d{1,4})\.(\d{1,4})/.exec(found)?.slice(1).map(Number) ?? []
  if (major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1])) return
  throw new FailureError('internal', {
    message: `git ${oldestVersion.join('.')} or newer is needed`,
    diagnosis: found.trim(),
  })
}
