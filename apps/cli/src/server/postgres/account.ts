import { readFile } from 'node:fs/promises'
import { findExecutable } from './find-executable.ts'

/** How a PostgreSQL process is started. */
export interface Account {
  /** Owner of the database's files; undefined: whoever runs Stevedore. */
  owner: { uid: number; gid: number } | undefined
  /** Program and arguments before the command itself. */
  prefix: string[]
}

/**
 * PostgreSQL refuses to run as root, so root starts it as `postgres` where there is one, else as `nobody`. It keeps one capability, to
 * get through folders that are root's alone (a home, a checkout in it). Where it can be said, the database ends with its parent.
 */
export async function chooseAccount(): Promise<Account> {
  const setpriv = process.platform === 'linux' ? await findExecutable('setpriv') : undefined
  const ending = ['--pdeathsig=INT']
  if (process.getuid?.() !== 0) return { owner: undefined, prefix: setpriv ? [setpriv, ...ending, '--'] : [] }
  const owner = (await findUser('postgres')) ?? (await findUser('nobody'))
  if (!setpriv || !owner)
    throw new Error('PostgreSQL does not run as root and there is no other account: set DATABASE_URL')
  const identity = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
  return { owner, prefix: [setpriv, ...identity, ...(await passThroughFolders()), ...ending, '--'] }
}

async function findUser(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = users
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : undefined
}

/** Bits of capabilities(7): the narrower one where this process has it, as containers often do not. */
const capabilities = { dac_read_search: 2n, dac_override: 1n }

async function passThroughFolders(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`)
  const held = Object.entries(capabilities).find(([, bit]) => (effective >> bit) & 1n)?.[0]
  return held ? [`--inh-caps=+${held}`, `--ambient-caps=+${held}`] : []
}
