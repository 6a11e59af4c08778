import { lstat, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { type BuildSource, findInside, type ImageBuild, toUnreadable } from '@stevedore/engine'
import { countSteps, findStage, listStages, parseInstructions, type Stage } from '@stevedore/formats'
import { findDeniedRequest } from '../spec/dockerfile/policy.ts'

export interface JudgedDockerfile {
  /** Absolute, with links resolved. */
  path: string
  text: string
  /** As the builder knows it; undefined for the last stage, which the only one is under whatever name it is asked for. */
  target: string | undefined
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
export async function readDockerfile({ target, args, reach, ...source }: ImageBuild): Promise<JudgedDockerfile> {
  const { contextDir, dockerfile } = source
  const { path, text } = await readText(source)
  await Promise.all(ignoreFiles(contextDir, dockerfile).map((file) => checkIgnoreFile(contextDir, file)))
  const denied = findDeniedRequest(text, reach.frontends) ?? findDeniedArgument(args)
  if (denied) throw new FailureError('entitlement-denied', { diagnosis: denied })
  const stages = listStages(parseInstructions(text, 'skip'))
  const found = target === undefined ? undefined : findStage(stages, target)
  if (target !== undefined && found === undefined && stages.length > 1) throw missing(stages, target)
  return {
    path,
    text,
    target: found === undefined ? undefined : target,
    steps: countSteps(stages, found ?? stages.length - 1),
  }
}

/**
 * The names of the stages in their order.
 * @throws FailureError `dockerfile-missing`, `path-outside-source`, `path-unreadable`
 */
export async function listStageNames(source: BuildSource): Promise<(string | undefined)[]> {
  const { text } = await readText(source)
  return listStages(parseInstructions(text, 'skip')).map(({ name }) => name)
}

async function readText({ contextDir, dockerfile }: BuildSource): Promise<{ path: string; text: string }> {
  const path = await findDockerfile(contextDir, dockerfile)
  const text = await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(toUnreadable(dockerfile, error)))
  return { path, text }
}

function missing(stages: readonly Stage[], target: string): FailureError {
  const names = stages.flatMap(({ name }) => name ?? [])
  const known = names.length > 0 ? `; there are ${names.join(', ')}` : ''
  return new FailureError('target-missing', { diagnosis: `no stage is named ${target}${known}` })
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
