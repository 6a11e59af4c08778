import { nameRepository } from '@stevedore/contract'
import { readForeignFile } from './foreign-file.ts'
import { readForeignYaml } from './foreign-yaml.ts'
import { type Fields, fieldOf, fieldsOf, listOf } from './values.ts'

/** An object of manifests, as far as a spec has to know it. */
export interface ManifestObject {
  /** Absolute. */
  file: string
  kind: string
  name: string
  spec: Fields
  /** What its pods are called by. */
  labels: Fields
  containers: { name: string; repository: string }[]
  /** The PersistentVolumeClaims that its pods mount. */
  claims: ReadonlySet<string>
}

/** What may be read yet of all manifests of a project. */
export interface ManifestAllowance {
  letters: number
  objects: number
  /** There was more. */
  isSpent: boolean
}

export function createManifestAllowance(): ManifestAllowance {
  return { letters: 2 ** 22, objects: 1_000, isSpent: false }
}

const longestName = 253

/** The objects of files, one file after the other so that all of them are bounded; what cannot be read as YAML holds none. */
export async function readManifests(
  root: string,
  files: readonly string[],
  allowance: ManifestAllowance,
): Promise<ManifestObject[]> {
  const found: ManifestObject[] = []
  for (const file of files) {
    const text = await tryRead(root, file)
    allowance.letters -= text.length
    if (allowance.letters < 0 || allowance.objects <= 0) {
      allowance.isSpent = true
      break
    }
    const objects = readObjects(text, file)
    allowance.objects -= objects.length
    found.push(...objects)
  }
  return found
}

/** The YAML of a manifest; of a template of Helm, say, it is none. */
export function tryParse(text: string, file: string): unknown[] {
  try {
    return readForeignYaml(text, file)
  } catch {
    // What cannot be read is no manifest of this project.
    return []
  }
}

/** A file that is not of the project holds nothing for it. */
export async function tryRead(root: string, file: string): Promise<string> {
  return (await readForeignFile(root, file).catch(() => undefined)) ?? ''
}

export function readObjects(text: string, file: string): ManifestObject[] {
  return tryParse(text, file)
    .map(fieldsOf)
    .flatMap((one) => (one.kind === 'List' ? listOf(one.items).map(fieldsOf) : [one]))
    .flatMap((one) => readObject(one, file))
}

function readObject(object: Fields, file: string): ManifestObject[] {
  const kind = fieldOf(object, 'kind')
  const name = walk(object, 'metadata').name
  if (typeof kind !== 'string' || typeof name !== 'string' || kind.length + name.length > longestName) return []
  const spec = walk(object, 'spec')
  const template = kind === 'CronJob' ? walk(spec, 'jobTemplate', 'spec', 'template') : walk(spec, 'template')
  const pod = walk(template, 'spec')
  const containers = listOf(fieldOf(pod, 'containers')).slice(0, 50).map(fieldsOf)
  const volumes = listOf(fieldOf(pod, 'volumes')).slice(0, 50).map(fieldsOf)
  return [
    {
      file,
      kind,
      name,
      spec,
      labels: walk(template, 'metadata', 'labels'),
      containers: containers.map((one) => ({
        name: textOf(fieldOf(one, 'name')),
        repository: readRepository(textOf(fieldOf(one, 'image'))),
      })),
      claims: new Set(volumes.map((one) => textOf(fieldOf(walk(one, 'persistentVolumeClaim'), 'claimName')))),
    },
  ]
}

/** `acme/shop` of `ghcr.io/acme/shop:1`; empty where it is no name of an image. */
function readRepository(image: string): string {
  const bare = image.replace(/@.*$/s, '').replace(/:[^/:]*$/, '')
  return /^[a-z0-9][a-z0-9._:/-]{0,254}$/i.test(bare) ? nameRepository(bare) : ''
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function walk(fields: Fields, ...path: string[]): Fields {
  return path.reduce((inner, key) => fieldsOf(fieldOf(inner, key)), fields)
}
