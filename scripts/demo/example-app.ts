import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Stage } from './stage.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
export const environment = 'production'

/** A commit of the example under a tag. A broken one differs by a line of its Dockerfile. */
export async function release(
  { example, repository, baseImage }: Stage,
  version: string,
  behaviour = 'healthy',
): Promise<void> {
  const folder = join(examples, example)
  await cp(folder, repository.dir, { recursive: true })
  const dockerfile = (await readFile(join(folder, 'Dockerfile'), 'utf8'))
    .replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${baseImage}`)
    .replace(/^ARG BEHAVIOUR=.*$/m, `ARG BEHAVIOUR=${behaviour}`)
  repository.commit({ Dockerfile: dockerfile }, `Release ${version}`)
  repository.git('tag', version)
}

/** The example's own spec, with what differs from machine to machine. @param more environments beside its own */
export async function writeSpec(
  { example, app, dir, repository, registry, port }: Stage,
  more: object = {},
): Promise<string> {
  const spec = parse(await readFile(join(examples, example, 'stevedore.yaml'), 'utf8'))
  spec.app = app
  spec.source = { git: repository.url, ref: 'main' }
  spec.image.registry = registry
  spec.environments[environment].port = port
  Object.assign(spec.environments, more)
  const path = join(dir, 'stevedore.yaml')
  await writeFile(path, stringify(spec))
  return path
}
