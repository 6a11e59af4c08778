import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { runClient } from './run-client.ts'

/** Where distributions, Docker's own packages and Homebrew put the client. */
export const usualClients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']

/** A Docker client that can build with BuildKit. */
export interface BuildClient {
  path: string
  /** The whole environment that it gets. */
  env: Record<string, string>
}

const probeTimeoutMs = 60_000
const tooBusy = `it did not build the smallest of images within ${probeTimeoutMs / 1_000} s`

/**
 * Finds a client that can build with BuildKit on this engine, by building with it: a version says little, since a client may lack
 * its buildx part and an engine may have BuildKit switched off. One that is not done in time says nothing: how busy a machine is does not
 * decide what its images are built with.
 * @throws FailureError `engine-unreachable`
 */
export async function findBuildClient(
  docker: Docker,
  paths: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<BuildClient | undefined> {
  for (const path of paths) if (await canBuild(docker, { path, env }, signal)) return { path, env }
  return undefined
}

async function canBuild(docker: Docker, client: BuildClient, signal: AbortSignal): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-probe-'))
  const ends = withinMs(probeTimeoutMs, signal)
  try {
    await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\nLABEL io.stevedore.probe=buildkit\n')
    return await buildProbe(docker, { ...client, dir, signal: ends })
  } catch {
    signal.throwIfAborted()
    if (ends.aborted) throw new FailureError('engine-unreachable', { diagnosis: tooBusy })
    // A client that cannot even be started cannot build.
    return false
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

interface Probe extends BuildClient {
  dir: string
  signal: AbortSignal
}

async function buildProbe(docker: Docker, { dir, ...client }: Probe): Promise<boolean> {
  let output = ''
  const onOutput = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000)
  }
  const exitCode = await runClient({ ...client, args: ['build', '--quiet', '--', dir], onOutput })
  const imageId = /sha256:[0-9a-f]{64}/.exec(output)?.[0]
  if (imageId) await removeProbe(docker, imageId)
  return exitCode === 0
}

async function removeProbe(docker: Docker, imageId: string): Promise<void> {
  // Another worker's probe makes the same image: it may be gone or in use, and what is left of it weighs nothing.
  await docker
    .getImage(imageId)
    .remove()
    .catch(() => undefined)
}
