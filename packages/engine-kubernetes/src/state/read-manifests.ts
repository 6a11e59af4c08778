import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { findInside } from '@stevedore/engine'
import { renderKustomization } from '../client/kustomize.ts'
import { loadLibrary } from '../client/library.ts'
import type { SourceObject } from '../spec/policy.ts'

const limitBytes = 1_000_000
const limitFiles = 200
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** The objects in a file, in a folder's files, or of a kustomization. @throws FailureError */
export async function readManifests(sourceDir: string, path: string, signal: AbortSignal): Promise<SourceObject[]> {
  const found = await findInside(sourceDir, path)
  if ((await stat(found)).isFile()) return parse(await readInside(sourceDir, path), path)
  const names = (await readdir(found)).sort()
  if (names.some((name) => kustomizations.includes(name))) return parse(await renderKustomization(found, signal), path)
  const files = names.filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
  if (files.length === 0 || files.length > limitFiles)
    throw new FailureError('config-missing', { diagnosis: `${path} holds ${files.length} manifests` })
  const texts = await Promise.all(files.map((name) => readInside(sourceDir, join(path, name))))
  return texts.flatMap((text, index) => parse(text, files[index] ?? path))
}

async function readInside(sourceDir: string, path: string): Promise<string> {
  const found = await findInside(sourceDir, path)
  const { size } = await stat(found)
  if (size > limitBytes)
    throw new FailureError('policy-violation', { diagnosis: `${path} is larger than ${limitBytes} bytes` })
  return readFile(found, 'utf8')
}

function parse(text: string, name: string): SourceObject[] {
  if (text.length > limitBytes * 4) throw new FailureError('policy-violation', { diagnosis: `${name} is too large` })
  try {
    const objects = loadLibrary().loadAllYaml(text)
    return objects.flatMap((object) => flatten(JSON.parse(JSON.stringify(object ?? null))))
  } catch (error) {
    throw new FailureError('admission-denied', { diagnosis: `${name} is not YAML that can be read: ${error}` })
  }
}

/** Empty documents are nothing, a List is its items. */
function flatten(object: (SourceObject & { items?: SourceObject[] }) | null): SourceObject[] {
  if (!object?.kind) return []
  return object.kind === 'List' ? (object.items ?? []) : [object]
}
