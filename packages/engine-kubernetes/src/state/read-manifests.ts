import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import { renderKustomization } from '../client/kustomize.ts'
import { loadLibrary } from '../client/library.ts'

const limitBytes = 1_000_000
const limitFiles = 200
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** The objects in a file, in a folder's files, or of a kustomization. @throws FailureError */
export async function readManifests(sourceDir: string, path: string, signal: AbortSignal): Promise<KubernetesObject[]> {
  const found = await findInside(sourceDir, path)
  if ((await stat(found)).isFile()) return parse(await readInside(sourceDir, found), path)
  const names = (await readdir(found)).sort()
  if (names.some((name) => kustomizations.includes(name))) return parse(await renderKustomization(found, signal), path)
  const files = names.filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
  if (files.length === 0 || files.length > limitFiles)
    throw new FailureError('config-missing', { diagnosis: `${path} holds ${files.length} manifests` })
  const parsed = await Promise.all(
    files.map(async (name) => parse(await readInside(sourceDir, join(found, name)), name)),
  )
  return parsed.flat()
}

/** A link in the source must not lead out of it. */
async function findInside(sourceDir: string, path: string): Promise<string> {
  const root = await realpath(sourceDir)
  const found = await realpath(join(root, path)).catch(() => undefined)
  if (found === undefined) throw new FailureError('config-missing', { diagnosis: `the source has no ${path}` })
  if (found !== root && !found.startsWith(root + sep))
    throw new FailureError('policy-violation', { diagnosis: `${path} leads out of the source` })
  return found
}

async function readInside(sourceDir: string, file: string): Promise<string> {
  const found = await findInside(sourceDir, file.slice((await realpath(sourceDir)).length))
  const { size } = await stat(found)
  if (size > limitBytes)
    throw new FailureError('policy-violation', { diagnosis: `a manifest is larger than ${limitBytes} bytes` })
  return readFile(found, 'utf8')
}

function parse(text: string, name: string): KubernetesObject[] {
  if (text.length > limitBytes * 4) throw new FailureError('policy-violation', { diagnosis: `${name} is too large` })
  try {
    const objects = loadLibrary().loadAllYaml(text)
    return objects.flatMap((object) => flatten(JSON.parse(JSON.stringify(object ?? null))))
  } catch (error) {
    throw new FailureError('admission-denied', {
      diagnosis: `${name} is not YAML that can be read: ${(error as Error).message}`,
    })
  }
}

/** Empty documents are nothing, a List is its items. */
function flatten(object: (KubernetesObject & { items?: KubernetesObject[] }) | null): KubernetesObject[] {
  if (!object?.kind) return []
  return object.kind === 'List' ? (object.items ?? []) : [object]
}
