import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { isInside } from './foreign-file.ts'
import { type ManifestAllowance, type ManifestObject, readManifests, tryParse, tryRead } from './read-manifests.ts'
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
const mostFolders = 50
/** They change what is elsewhere: a Deployment in them is a part of one. */
const partial = new Set(['overlays', 'components', 'patches', 'charts', 'templates', 'node_modules'])

export interface FoundManifests {
  /** Absolute: a folder, or a file of the project itself. */
  path: string
  /** Where the folder itself is a kustomization, which may change what its files say. */
  isKustomization: boolean
  objects: ManifestObject[]
}

/** The first folder with a Deployment in it, or below it where itself it has none. @param root its links followed */
export async function findManifests(root: string, allowance: ManifestAllowance): Promise<FoundManifests | undefined> {
  for (const name of usualFolders) {
    const path = join(root, name)
    const found =
      name === '.'
        ? await lookIntoProject(root, allowance)
        : ((await lookInto(root, path, allowance)) ?? (await lookBelow(root, path, allowance)))
    if (found) return found
  }
  return undefined
}

export function deploymentsOf(objects: readonly ManifestObject[]): ManifestObject[] {
  return objects.filter(({ kind }) => kind === 'Deployment')
}

async function lookInto(root: string, path: string, allowance: ManifestAllowance): Promise<FoundManifests | undefined> {
  const names = await listNames(path)
  const kustomization = names.find((name) => kustomizations.includes(name))
  const files =
    kustomization === undefined
      ? listYaml(path, names)
      : await listResources(root, join(path, kustomization), new Set())
  const objects = await readManifests(root, files, allowance)
  if (deploymentsOf(objects).length === 0) return undefined
  return { path, isKustomization: kustomization !== undefined, objects }
}

/** The project's own folder is no folder of manifests: its files with a Deployment are meant. */
async function lookIntoProject(root: string, allowance: ManifestAllowance): Promise<FoundManifests | undefined> {
  const objects = await readManifests(root, listYaml(root, await listNames(root)), allowance)
  const files = new Set(deploymentsOf(objects).map(({ file }) => file))
  const [first, ...others] = files
  if (first === undefined) return undefined
  return {
    path: others.length === 0 ? first : root,
    isKustomization: false,
    objects: objects.filter(({ file }) => files.has(file)),
  }
}

/** One level down: `k8s/base`, or a folder for each app. */
async function lookBelow(
  root: string,
  path: string,
  allowance: ManifestAllowance,
): Promise<FoundManifests | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const folders = entries
    .filter((entry) => entry.isDirectory() && !partial.has(entry.name) && !entry.name.startsWith('.'))
    .map(({ name }) => join(path, name))
    .sort()
  const found: FoundManifests[] = []
  for (const folder of folders.slice(0, mostFolders)) {
    const one = await lookInto(root, folder, allowance)
    if (one) found.push(one)
  }
  const [only, ...others] = found
  if (only === undefined || others.length === 0) return only
  return { path, isKustomization: false, objects: found.flatMap(({ objects }) => objects) }
}

/** What may not be listed holds none. */
async function listNames(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).sort()
}

function listYaml(path: string, names: readonly string[]): string[] {
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
  const [document] = tryParse(await tryRead(root, file), file)
  const fields = fieldsOf(document)
  const named = [...listOf(fieldOf(fields, 'resources')), ...listOf(fieldOf(fields, 'bases'))].slice(0, mostFiles)
  const found: string[] = []
  for (const entry of named) {
    if (typeof entry !== 'string' || entry.includes('://')) continue
    const path = join(dirname(file), entry)
    if (!isInside(root, path)) continue
    found.push(...(/\.(ya?ml|json)$/.test(basename(path)) ? [path] : await listInner(root, path, seen)))
  }
  return [...new Set(found)].slice(0, mostFiles)
}

async function listInner(root: string, path: string, seen: Set<string>): Promise<string[]> {
  const name = (await listNames(path)).find((one) => kustomizations.includes(one))
  return name === undefined ? [] : listResources(root, join(path, name), seen)
}
