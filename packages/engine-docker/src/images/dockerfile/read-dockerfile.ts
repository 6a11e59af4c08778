import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild } from '@stevedore/engine'
import { parseInstructions } from './instructions.ts'
import { findDeniedRequest } from './policy.ts'
import { countSteps, findStage, listStages } from './stages.ts'

export interface JudgedDockerfile {
  /** Absolute, with links resolved. */
  path: string
  /** What the builder will count. */
  steps: number
}

const maxBytes = 2 ** 20

/**
 * Reads and judges the Dockerfile before a builder sees it.
 * @throws FailureError `dockerfile-missing`, `target-missing`, `entitlement-denied`, `policy-violation`
 */
export async function readDockerfile({ contextDir, dockerfile, target, args }: ImageBuild): Promise<JudgedDockerfile> {
  const path = await findFile(contextDir, dockerfile)
  await Promise.all(ignoreFiles(contextDir, dockerfile).map((file) => checkIgnoreFile(contextDir, file)))
  const text = await readFile(path, 'utf8')
  const denied = findDeniedRequest(text) ?? findDeniedArgument(args)
  if (denied) throw new FailureError('entitlement-denied', { diagnosis: denied })
  const stages = listStages(parseInstructions(text, 'skip'))
  const wanted = target === undefined ? stages.length - 1 : findStage(stages, target)
  if (wanted === undefined) throw new FailureError('target-missing', { diagnosis: `no stage is named ${target}` })
  return { path, steps: countSteps(stages, wanted) }
}

/** `BUILDKIT_SYNTAX` does what a `# syntax` line does; the others of its kind are not the user's either. */
function findDeniedArgument(args: Record<string, string>): string | undefined {
  const name = Object.keys(args).find((key) => key.toUpperCase().startsWith('BUILDKIT_'))
  return name && `the build argument ${name}`
}

/** Builders follow a link to the Dockerfile, and quote its lines when they do not understand them. */
async function findFile(contextDir: string, dockerfile: string): Promise<string> {
  const [root, path] = await Promise.all(
    [realpath(contextDir), realpath(join(contextDir, dockerfile))].map(absentAsUndefined),
  )
  if (!root || !path) throw missing(`the source has no ${dockerfile}`)
  if (!isBelow(root, path)) throw missing(`${dockerfile} leads out of the source`)
  const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }))
  if (!isFile || size > maxBytes) throw missing(`${dockerfile} is no file of at most ${maxBytes} bytes`)
  return path
}

function ignoreFiles(contextDir: string, dockerfile: string): string[] {
  return [join(contextDir, '.dockerignore'), join(contextDir, `${dockerfile}.dockerignore`)]
}

/** The client opens these on this machine, whatever they link to. */
async function checkIgnoreFile(contextDir: string, file: string): Promise<void> {
  const found = await absentAsUndefined(lstat(file))
  if (found && !found.isFile())
    throw new FailureError('policy-violation', { diagnosis: `${relative(contextDir, file)} must be a plain file` })
}

function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(() => undefined)
}

function isBelow(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

function missing(diagnosis: string): FailureError {
  return new FailureError('dockerfile-missing', { diagnosis })
}
