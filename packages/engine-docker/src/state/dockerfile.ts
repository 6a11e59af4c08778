import { lstat, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { findInside, type ImageBuild, toUnreadable } from '@stevedore/engine'
import { parseInstructions } from '../spec/dockerfile/instructions.ts'
import { findDeniedRequest } from '../spec/dockerfile/policy.ts'
import { countSteps, findStage, listStages } from '../spec/dockerfile/stages.ts'

export interface JudgedDockerfile {
  /** Absolute, with links resolved. */
  path: string
  text: string
  /** What the builder will count. */
  steps: number
}

/** With what the builder gets in its place, where it may not have it as it is. */
export interface HandedDockerfile extends JudgedDockerfile {
  rewritten: string | undefined
}

const maxBytes = 2 ** 20

/**
 * Reads and judges the Dockerfile before a builder sees it.
 * @throws FailureError `dockerfile-missing`, `path-outside-source`, `path-unreadable`, `target-missing`, `entitlement-denied`,
 * `policy-violation`
 */
export async function readDockerfile({ contextDir, dockerfile, target, args }: ImageBuild): Promise<JudgedDockerfile> {
  const path = await findDockerfile(contextDir, dockerfile)
  await Promise.all(ignoreFiles(contextDir, dockerfile).map((file) => checkIgnoreFile(contextDir, file)))
  const text = await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(toUnreadable(dockerfile, error)))
  const denied = findDeniedRequest(text) ?? findDeniedArgument(args)
  if (denied) throw new FailureError('entitlement-denied', { diagnosis: denied })
  const stages = listStages(parseInstructions(text, 'skip'))
  const wanted = target === undefined ? stages.length - 1 : findStage(stages, target)
  if (wanted === undefined) throw new FailureError('target-missing', { diagnosis: `no stage is named ${target}` })
  return { path, text, steps: countSteps(stages, wanted) }
}

/** `BUILDKIT_SYNTAX` does what a `# syntax` line does; the others of its kind are not the user's either. */
function findDeniedArgument(args: Record<string, string>): string | undefined {
  const name = Object.keys(args).find((key) => key.toUpperCase().startsWith('BUILDKIT_'))
  return name && `the build argument ${name}`
}

/** Builders follow a link to the Dockerfile, and quote its lines when they do not understand them. */
async function findDockerfile(contextDir: string, dockerfile: string): Promise<string> {
  const path = await findInside(contextDir, dockerfile, 'dockerfile-missing')
  const found = await stat(path)
  if (found.isFile() && found.size <= maxBytes) return path
  throw new FailureError('dockerfile-missing', { diagnosis: `${dockerfile} is no file of at most ${maxBytes} bytes` })
}

function ignoreFiles(contextDir: string, dockerfile: string): string[] {
  return [join(contextDir, '.dockerignore'), join(contextDir, `${dockerfile}.dockerignore`)]
}

/** The client opens these on this machine, whatever they link to. */
async function checkIgnoreFile(contextDir: string, file: string): Promise<void> {
  const name = relative(contextDir, file)
  try {
    if ((await lstat(file)).isFile()) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw toUnreadable(name, error)
  }
  throw new FailureError('policy-violation', { diagnosis: `${name} must be a plain file` })
}
