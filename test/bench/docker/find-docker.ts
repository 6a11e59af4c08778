import { execa } from 'execa'

/**
 * From version 23 on the command needs a plugin for BuildKit, which a machine may have for an older one alone.
 * @param folder whose Dockerfile has a first stage `base` that costs nothing
 */
export async function findDocker(folder: string, env: Record<string, string> = {}): Promise<string> {
  for (const docker of ['docker', '/usr/bin/docker']) {
    const options = { env: { ...env, DOCKER_BUILDKIT: '1' }, reject: false } as const
    const { exitCode } = await execa(docker, ['build', '--target', 'base', folder], options)
    if (exitCode === 0) return docker
  }
  throw new Error('no docker command here builds with BuildKit; bring one with: apt-get install docker-buildx')
}
