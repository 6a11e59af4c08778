import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './error.ts'

/** How a PostgreSQL process is started. */
export interface Account {
  /** Owner of the database's files; undefined: whoever runs Stevedore. */
  owner: { uid: number; gid: number } | undefined
  /** Program and arguments before the command itself. */
  prefix: string[]
}

/**
 * PostgreSQL refuses to run as root, so root starts it as `postgres` where there is one, else as `nobody`. Where it can be said, the
 * database ends with its parent.
 * @param paths what it must get at: its programs and its files
 */
export async function chooseAccount(paths: readonly string[]): Promise<Account> {
  const setpriv = process.platform === 'linux' ? await findExecutable('setpriv') : undefined
  const ending = ['--pdeathsig=INT']
  if (process.getuid?.() !== 0) return { owner: undefined, prefix: setpriv ? [setpriv, ...ending, '--'] : [] }
  const owner = (await findUser('postgres')) ?? (await findUser('nobody'))
  if (!setpriv || !owner)
    throw new EmbeddedPostgresError('no-account', {
      message: 'PostgreSQL does not run as root and there is no other account',
      remedy: 'Run as another user, or set DATABASE_URL to a PostgreSQL of yours.',
    })
  const identity = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
  return { owner, prefix: [setpriv, ...identity, ...(await passThroughFolders(paths, owner.uid)), ...ending, '--'] }
}

const programFolders = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']

/** The path of a program where distributions put theirs. */
async function findExecutable(name: string): Promise<string | undefined> {
  for (const path of programFolders.map((folder) => join(folder, name))) if (await isExecutable(path)) return path
  return undefined
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function findUser(name: string): Promise<{ uid: number; gid: number } | undefined> {
  // Without the file no account is known.
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = users
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : undefined
}

/** Bits of capabilities(7): the narrower one where this process has it, as containers often do not. */
const capabilities = { dac_read_search: 2n, dac_override: 1n }

/**
 * Folders that are root's alone (a home, a checkout in it) need one capability to get through. The security bit makes access(2), by which
 * PostgreSQL looks for its programs, count it in.
 */
async function passThroughFolders(paths: readonly string[], uid: number): Promise<string[]> {
  const open = await Promise.all(paths.map((path) => isOpenTo(uid, path)))
  if (open.every(Boolean)) return []
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`)
  const held = Object.entries(capabilities).find(([, bit]) => (effective >> bit) & 1n)?.[0]
  return held ? [`--inh-caps=+${held}`, `--ambient-caps=+${held}`, '--securebits=+no_setuid_fixup'] : []
}

async function isOpenTo(uid: number, path: string): Promise<boolean> {
  const folder = dirname(path)
  if (folder === path) return true
  // A folder that is not there yet will be made for the account.
  const stats = await stat(folder).catch(() => undefined)
  const passes = stats === undefined || stats.uid === uid || (stats.mode & 0o001) !== 0
  return passes && isOpenTo(uid, folder)
}
