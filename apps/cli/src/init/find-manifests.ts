import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { unlessAbsent } from '../system-error.ts'
import { readForeignFile } from './foreign-file.ts'
import { readForeignYaml } from './foreign-yaml.ts'
import { fieldOf, fieldsOf, listOf } from './values.ts'

/** Where people keep what `kubectl apply` takes. */
const usualFolders = [
  'k8s',
  'kubernetes',
  'manifests',
  'kubernetes-manifests',
  'deploy',
  'deployment',
  'kustomize',
  '.',
]
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const mostFiles = 100

export interface FoundManifests {
  /** Absolute: a folder, or a file of the project itself. */
  path: string
  /** The names of their Deployments. */
  deployments: string[]
}

/** The first folder with a Deployment in it. What cannot be read as YAML holds none. */
export async function findManifests(folder: string): Promise<FoundManifests | undefined> {
  for (const name of usualFolders) {
    const path = join(folder, name)
    const files = await listFiles(folder, path, { isOwnFolder: name === '.' })
    const found = await Promise.all(files.map(async (file) => ({ file, names: await listDeployments(folder, file) })))
    const holding = found.filter(({ names }) => names.length > 0)
    const deployments = holding.flatMap(({ names }) => names)
    if (deployments.length > 0) return { path: choosePath(path, name, holding), deployments }
  }
  return undefined
}

/** The project's own folder is no folder of manifests: a file of it is meant, unless it is a kustomization. */
function choosePath(path: string, name: string, [first]: { file: string }[]): string {
  return name === '.' && first ? first.file : path
}

async function listFiles(root: string, path: string, { isOwnFolder }: { isOwnFolder: boolean }): Promise<string[]> {
  const names = (await unlessAbsent(readdir(path)).catch(() => [])) ?? []
  const kustomization = names.find((name) => kustomizations.includes(name))
  if (kustomization !== undefined && !isOwnFolder) return listResources(root, join(path, kustomization), new Set())
  return names
    .filter((name) => ['.yaml', '.yml'].includes(extname(name)) && !kustomizations.includes(name))
    .slice(0, mostFiles)
    .map((name) => join(path, name))
}

/** The files that a kustomization is made of, as far as they are in the project. */
async function listResources(root: string, file: string, seen: Set<string>): Promise<string[]> {
  // One that names itself, or the same one often, is read once.
  if (seen.has(file) || seen.size >= mostFiles) return []
  seen.add(file)
  const [document] = await tryRead(root, file)
  const fields = fieldsOf(document)
  const named = [...listOf(fieldOf(fields, 'resources')), ...listOf(fieldOf(fields, 'bases'))].slice(0, mostFiles)
  const found = named.map(async (entry) => {
    if (typeof entry !== 'string' || entry.includes('://')) return []
    const path = join(dirname(file), entry)
    if (/\.(ya?ml|json)$/.test(basename(path))) return [path]
    const inner = await Promise.all(
      kustomizations.map(async (name) => ((await hasFile(root, join(path, name))) ? join(path, name) : undefined)),
    )
    const next = inner.find((name) => name !== undefined)
    return next === undefined ? [] : listResources(root, next, seen)
  })
  return (await Promise.all(found)).flat().slice(0, mostFiles)
}

async function hasFile(root: string, path: string): Promise<boolean> {
  return readForeignFile(root, path).then(
    (text) => text !== undefined,
    () => false,
  )
}

async function listDeployments(root: string, file: string): Promise<string[]> {
  const documents = await tryRead(root, file)
  const objects = documents
    .map(fieldsOf)
    .flatMap((one) => (one.kind === 'List' ? listOf(one.items).map(fieldsOf) : [one]))
  return objects
    .filter((one) => fieldOf(one, 'kind') === 'Deployment')
    .map((one) => String(fieldOf(fieldsOf(fieldOf(one, 'metadata')), 'name')))
}

/** Of a template of Helm, say, it is no YAML. */
async function tryRead(root: string, file: string): Promise<unknown[]> {
  try {
    return readForeignYaml((await readForeignFile(root, file)) ?? '', file)
  } catch {
    // What cannot be read is no manifest of this project.
    return []
  }
}
