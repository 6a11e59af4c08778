import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { Remote } from './remote.ts'

/** @throws FailureError `address-not-allowed` when the credential would travel in the clear */
export function checkCredentialPath(remote: Remote, credential: string | undefined): void {
  if (remote.scheme === 'http' && credential !== undefined)
    throw new FailureError('address-not-allowed', { diagnosis: 'a credential is not sent over plain http' })
}

/**
 * Lays out what git needs to sign in, in files of a private folder: nothing secret stands in an argument or in the environment.
 * @param credential a token (or `user:token`) for https, a private key for ssh
 * @returns environment variables for git
 */
export async function layOutCredential(
  dir: string,
  remote: Remote,
  credential: string | undefined,
  knownHostsFile: string | undefined,
): Promise<Record<string, string>> {
  if (remote.scheme === 'ssh') return layOutSsh(dir, remote, credential, knownHostsFile ?? join(dir, 'known_hosts'))
  if (credential === undefined || remote.scheme === 'file') return {}
  return layOutToken(dir, credential)
}

/** Fixed text: what differs from one checkout to the next is found beside the script. */
const askpass = `#!/bin/sh
case "$1" in
  Username*) cat "\${0%/*}/username" ;;
  *) cat "\${0%/*}/password" ;;
esac
`
const sshWrapper = `#!/bin/sh
exec ssh -F "\${0%/*}/ssh_config" "$@"
`

/** Forges take any user name beside a token; this one is GitHub's. */
const tokenUser = 'x-access-token'

/** The parts of a token, or of `user:token`. */
export function readToken(credential: string): { username: string; password: string } {
  const [, username = tokenUser, password = ''] = /^(?:([^:\s]+):)?(\S+)\s*$/.exec(credential) ?? []
  return { username, password }
}

async function layOutToken(dir: string, credential: string): Promise<Record<string, string>> {
  const { username, password } = readToken(credential)
  await writeFile(join(dir, 'username'), username, { mode: 0o600 })
  await writeFile(join(dir, 'password'), password, { mode: 0o600 })
  return { GIT_ASKPASS: await writeProgram(join(dir, 'askpass'), askpass) }
}

async function layOutSsh(
  dir: string,
  remote: Remote,
  key: string | undefined,
  knownHostsFile: string,
): Promise<Record<string, string>> {
  const keyFile = key === undefined ? undefined : join(dir, 'key')
  if (keyFile) await writeFile(keyFile, `${key?.trim()}\n`, { mode: 0o600 })
  await writeFile(join(dir, 'ssh_config'), sshConfig(remote, keyFile, knownHostsFile), { mode: 0o600 })
  return { GIT_SSH: await writeProgram(join(dir, 'ssh'), sshWrapper), GIT_SSH_VARIANT: 'ssh' }
}

/**
 * The host is pinned to the address that was judged and still known by its name. Keys of the worker's own user are not offered:
 * whoever may declare an app could else read what only the worker may.
 */
function sshConfig(remote: Remote, keyFile: string | undefined, knownHostsFile: string): string {
  return [
    'Host *',
    `HostName ${remote.addresses[0]}`,
    `HostKeyAlias ${remote.host}`,
    'StrictHostKeyChecking accept-new',
    `UserKnownHostsFile "${knownHostsFile}"`,
    `IdentityFile ${keyFile ? `"${keyFile}"` : 'none'}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'BatchMode yes',
    'ConnectTimeout 15',
    'ServerAliveInterval 15',
    'ForwardAgent no',
    'ClearAllForwardings yes',
    'PermitLocalCommand no',
    '',
  ].join('\n')
}

async function writeProgram(path: string, text: string): Promise<string> {
  await writeFile(path, text)
  await chmod(path, 0o700)
  return path
}
