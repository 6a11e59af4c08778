import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess, readUntil } from './child-process.ts'
import { type Component, findProgram } from './component.ts'

const program = findProgram('docker-registry', 'registry')

export const registryComponent: Component = {
  name: 'registry',
  found: program !== undefined,
  bring: 'apt-get install docker-registry',
}

/** The only account of a registry that asks for a sign-in. The hash is bcrypt's of the password, which htpasswd would write. */
export const registryAccount = { username: 'stevedore', password: 'fixture-password' }
const htpasswd = 'stevedore:$2y$05$abcdefghijklmnopqrstuuZJxRXIBX8d3JF1adWtDaKT7LNt2cwY.\n'

export interface TestRegistry {
  /** `127.0.0.1:PORT`: Docker talks plain HTTP to it without being told. */
  host: string
  stop(): Promise<void>
}

/** Starts an empty registry on a port of its own, with its images in a folder that goes with it. */
export async function startRegistry({ signIn = false } = {}): Promise<TestRegistry> {
  if (!program) throw new Error(`no registry here; bring it with: ${registryComponent.bring}`)
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-registry-'))
  await writeFile(join(dir, 'htpasswd'), htpasswd)
  await writeFile(join(dir, 'config.yml'), JSON.stringify(settings(dir, signIn)))
  const child = spawn(program, ['serve', join(dir, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [, host = ''] = await readUntil(child.stderr, /listening on (127\.0\.0\.1:\d+)/)
  return {
    host,
    async stop() {
      await endProcess(child, 'SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** YAML takes JSON as it is. Port 0 lets the system choose one that is free. */
function settings(dir: string, signIn: boolean) {
  return {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(dir, 'images') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
    ...(signIn ? { auth: { htpasswd: { realm: 'fixture', path: join(dir, 'htpasswd') } } } : {}),
  }
}
