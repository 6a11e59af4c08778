import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2'
import { type Component, findProgram } from './component.ts'
import { listenLocally } from './free-port.ts'

export const sshComponent: Component = {
  name: 'OpenSSH client',
  found: findProgram('ssh') !== undefined && findProgram('ssh-keygen') !== undefined,
  bring: 'apt-get install openssh-client',
}

export interface GitSshServer {
  /** `ssh://git@localhost:PORT`; a repository's absolute path follows. */
  url: string
  /** The private key that gets in. */
  privateKey: string
  stop(): Promise<void>
}

interface GitSshOptions {
  /** What `git-lfs-authenticate PATH download` is answered with. */
  signIn?(path: string): unknown
}

/**
 * Serves the machine's repositories over SSH to one key, with a host key of its own. It runs git-upload-pack and nothing else, beside
 * the sign-in for Git LFS where it is told one.
 */
export async function serveGitSsh({ signIn }: GitSshOptions = {}): Promise<GitSshServer> {
  const dir = mkdtempSync(join(tmpdir(), 'stevedore-ssh-'))
  const [hostKey, clientKey] = [makeKey(join(dir, 'host')), makeKey(join(dir, 'client'))]
  const server = new ssh.Server({ hostKeys: [hostKey] }, (client) => serveClient(client, parseKey(clientKey), signIn))
  const port = await listenLocally(server)
  return {
    url: `ssh://git@localhost:${port}`,
    privateKey: clientKey,
    async stop() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function serveClient(client: Connection, allowed: ParsedKey, signIn: GitSshOptions['signIn']): void {
  // A client that is refused breaks the connection off.
  client.on('error', () => undefined)
  client.on('authentication', (context) =>
    isAllowed(context, allowed) ? context.accept() : context.reject(['publickey']),
  )
  client.on('session', (accept) =>
    accept().on('exec', (take, refuse, { command }) => {
      const path = signIn && /^git-lfs-authenticate '([^']+)' download$/.exec(command)?.[1]
      if (path) answer(take(), JSON.stringify(signIn(path)))
      else run(command, take, refuse)
    }),
  )
}

function parseKey(text: string): ParsedKey {
  const key = ssh.utils.parseKey(text)
  if (key instanceof Error) throw key
  return key
}

function makeKey(path: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'fixture', '-f', path])
  return readFileSync(path, 'utf8')
}

function isAllowed(context: AuthContext, key: ParsedKey): boolean {
  if (context.method !== 'publickey' || !context.key.data.equals(key.getPublicSSH())) return false
  return !context.signature || key.verify(context.blob!, context.signature, context.hashAlgo) === true
}

function answer(channel: ServerChannel, text: string): void {
  channel.write(text)
  channel.exit(0)
  channel.end()
}

function run(command: string, take: () => ServerChannel, refuse: () => void): void {
  const path = /^git-upload-pack '([^']+)'$/.exec(command)?.[1]
  if (!path) {
    refuse()
    return
  }
  const channel = take()
  const git = spawn('git', ['-c', 'safe.directory=*', 'upload-pack', '--', path], { stdio: ['pipe', 'pipe', 'pipe'] })
  // git may end before it has read all; its exit status says why.
  channel.pipe(git.stdin).on('error', () => undefined)
  git.stdout.pipe(channel, { end: false })
  git.stderr.pipe(channel.stderr, { end: false })
  git.on('close', (code) => {
    channel.exit(code ?? 1)
    channel.end()
  })
}
