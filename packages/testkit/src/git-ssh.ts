import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh, { type AuthContext, type ParsedKey, type ServerChannel } from 'ssh2'
import { type Component, findProgram } from './component.ts'

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

/** Serves the machine's repositories over SSH to one key, with a host key of its own. It runs git-upload-pack and nothing else. */
export async function serveGitSsh(): Promise<GitSshServer> {
  const dir = mkdtempSync(join(tmpdir(), 'stevedore-ssh-'))
  const [hostKey, clientKey] = [makeKey(join(dir, 'host')), makeKey(join(dir, 'client'))]
  const allowed = ssh.utils.parseKey(clientKey) as ParsedKey
  const server = new ssh.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (context) =>
      isAllowed(context, allowed) ? context.accept() : context.reject(['publickey']),
    )
    client.on('session', (accept) => accept().on('exec', (take, refuse, { command }) => serve(command, take, refuse)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `ssh://git@localhost:${port}`,
    privateKey: clientKey,
    async stop() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function makeKey(path: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'fixture', '-f', path])
  return readFileSync(path, 'utf8')
}

function isAllowed(context: AuthContext, key: ParsedKey): boolean {
  if (context.method !== 'publickey' || !context.key.data.equals(key.getPublicSSH())) return false
  return !context.signature || key.verify(context.blob!, context.signature, context.hashAlgo) === true
}

function serve(command: string, take: () => ServerChannel, refuse: () => void): void {
  const path = /^git-upload-pack '([^']+)'$/.exec(command)?.[1]
  if (!path) {
    refuse()
    return
  }
  const channel = take()
  const git = spawn('git', ['-c', 'safe.directory=*', 'upload-pack', '--', path], { stdio: ['pipe', 'pipe', 'pipe'] })
  channel.pipe(git.stdin).on('error', () => undefined)
  git.stdout.pipe(channel, { end: false })
  git.stderr.pipe(channel.stderr, { end: false })
  git.on('close', (code) => {
    channel.exit(code ?? 1)
    channel.end()
  })
}
