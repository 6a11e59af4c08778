import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import type { BuildClient } from '../client/buildkit/find-client.ts'
import { followPlainProgress } from '../client/buildkit/plain-progress.ts'
import { runClient } from '../client/buildkit/run-client.ts'
import { capLines } from '../client/cap-lines.ts'
import { explainBuildFailure } from '../failure/build.ts'
import { buildKitArguments } from '../spec/build-options.ts'
import type { HandedDockerfile } from '../state/dockerfile.ts'

/**
 * Builds with a Docker client; gives the image's id.
 * @throws FailureError of the build, or the signal's reason
 */
export async function buildWithBuildKit(
  client: BuildClient,
  build: ImageBuild,
  dockerfile: HandedDockerfile,
  context: WorkContext,
): Promise<string> {
  const dir = await mkdtemp(`${resolve(build.contextDir)}.build-`)
  try {
    const imageIdFile = join(dir, 'image-id')
    const files = {
      dockerfile: await placeDockerfile(dir, dockerfile),
      imageIdFile,
      secrets: await writeSecrets(dir, build.secrets),
    }
    await runBuild(client, buildKitArguments(build, files), dockerfile.steps, context)
    return (await readFile(imageIdFile, 'utf8')).trim()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** What is rewritten stands beside the source, with the ignore file that goes by its name. */
async function placeDockerfile(dir: string, { path, rewritten }: HandedDockerfile): Promise<string> {
  if (rewritten === undefined) return path
  const placed = join(dir, 'Dockerfile')
  await writeFile(placed, rewritten)
  await copyFile(`${path}.dockerignore`, `${placed}.dockerignore`).catch(ignoreAbsent)
  return placed
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

const clippedHint =
  'lines of a step are missing: BuildKit left them out. BUILDKIT_STEP_LOG_MAX_SPEED and BUILDKIT_STEP_LOG_MAX_SIZE of the engine’s dockerd say how much a step may print (docs/guide/install.md)'

/** BuildKit's own words, in the output of the step: `#7 1.2 [output clipped, log limit 200KiB/s reached]`. */
export function isClipped(line: string): boolean {
  return /^#\d+ \d+\.\d+ \[output clipped, log limit [^\]]{1,40} reached\]$/.test(line)
}

function tellClipped({ log, warn }: WorkContext): void {
  log(clippedHint)
  warn?.(clippedHint)
}

async function runBuild(client: BuildClient, args: string[], steps: number, context: WorkContext): Promise<void> {
  const progress = followPlainProgress(steps)
  const lines = capLines((line) => {
    const shown = progress.take(line)
    if (shown !== undefined) context.log(shown)
    if (shown !== undefined && isClipped(shown)) tellClipped(context)
    context.progress(progress.fraction())
  })
  const onOutput = (chunk: Buffer) => {
    lines.take(chunk)
    return context.awaitRoom()
  }
  const exitCode = await runClient({ ...client, args, signal: context.signal, onOutput })
  lines.end()
  if (exitCode !== 0) throw explainBuildFailure(progress.trouble())
}

/** Values stand in files that only this user may read, and never in an argument. */
async function writeSecrets(dir: string, secrets: Record<string, string>): Promise<Record<string, string>> {
  const folder = join(dir, 'secrets')
  await mkdir(folder, { mode: 0o700 })
  await chmod(dir, 0o700)
  const written = Object.entries(secrets).map(async ([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new FailureError('policy-violation', { diagnosis: `the secret name ${name}` })
    const path = join(folder, name)
    await writeFile(path, value, { mode: 0o600 })
    return [name, path] as const
  })
  return Object.fromEntries(await Promise.all(written))
}
