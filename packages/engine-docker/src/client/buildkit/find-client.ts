import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { runClient } from './run-client.ts'

/** Where distributions, Docker's own packages and Homebrew put the client. */
export const usualClients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']

const probeTimeoutMs = 20_000

/**
 * Finds a client that can build with BuildKit on this engine, by building with it: a version says little, since a client may lack
 * its buildx part and an engine may have BuildKit switched off.
 * @returns the client's path, or undefined when none can
 */
export async function findBuildKit(
  docker: Docker,
  clients: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const path of clients) if (await canBuild(docker, path, env, signal)) return path
  return undefined
}

async function canBuild(
  docker: Docker,
  path: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-probe-'))
  try {
    await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\nLABEL io.stevedore.probe=buildkit\n')
    const args = ['build', '--quiet', '--', dir]
    let output = ''
    const onOutput = (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-4_000)
    }
    const exitCode = await runClient({ path, args, env, signal: withinMs(probeTimeoutMs, signal), onOutput })
    await removeProbe(docker, output)
    return exitCode === 0
  } catch {
    signal.throwIfAborted()
    return false
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Another worker's probe makes the same image: it may be gone already. */
async function removeProbe(docker: Docker, output: string): Promise<void> {
  const imageId = /sha256:[0-9a-f]{64}/.exec(output)?.[0]
  if (imageId)
    await docker
      .getImage(imageId)
      .remove()
      .catch(() => undefined)
}
