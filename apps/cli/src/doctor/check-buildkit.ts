import { execa } from 'execa'
import type { Check } from './check-machine.ts'

/** Where distributions, Docker's own packages and Homebrew put the client; a worker looks there as well. */
const clients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']
const dockerfile = 'FROM scratch\nLABEL io.stevedore.probe=doctor\n'
const timeoutMs = 20_000

/** Whether some client here builds with BuildKit on the engine, found out by building: a version says little. */
export async function checkBuildkit(env: Record<string, string>): Promise<Check> {
  for (const client of clients)
    if (await canBuild(client, env)) return { name: 'buildkit', state: 'good', found: `builds by ${client}` }
  return {
    name: 'buildkit',
    state: 'missing',
    found: 'no docker client here builds with it: the classic builder does, and build secrets are refused',
    remedy: 'apt-get install docker-buildx-plugin (Docker’s packages) or docker-buildx (Debian’s, from 13 on)',
  }
}

async function canBuild(client: string, env: Record<string, string>): Promise<boolean> {
  const options = { env: { ...env, DOCKER_BUILDKIT: '1' }, timeout: timeoutMs, reject: false } as const
  const built = await execa(client, ['build', '--quiet', '-'], { ...options, input: dockerfile })
  const [image] = /sha256:[0-9a-f]{64}/.exec(built.stdout ?? '') ?? []
  if (built.exitCode === 0 && image) await execa(client, ['image', 'rm', '--', image], options)
  return built.exitCode === 0
}
