import { stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { FailureError, maskAddresses } from '@stevedore/contract'
import { findInside } from '@stevedore/engine'

/** The names that a folder's kustomization may have. */
export const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** What stands below these is text for the objects that are made, and no path. */
const texts = new Set(['literals', 'commonAnnotations', 'commonLabels', 'annotations', 'labels', 'patch', 'value'])
/** Their files, and text in place of a file, configure kustomize itself, which reads what these name in turn. */
const configuring = new Set(['generators', 'transformers', 'validators'])

const limitFolders = 200

interface Search {
  sourceDir: string
  /** The documents of a file of the source, or of a text. */
  parse(given: { path: string } | { text: string; path: string }): Promise<unknown[]>
  seen: Set<string>
}

/**
 * Refuses a kustomization that has something fetched, in itself or in a folder that it names: its network is closed, but for addresses of
 * the worker's own machine, which kubectl asks past every proxy.
 * @param path the folder, relative to the source
 * @throws FailureError `manifests-invalid`, `path-outside-source`, `policy-violation` above a limit
 */
export async function refuseFetches(
  sourceDir: string,
  path: string,
  parse: Search['parse'],
  seen: Search['seen'] = new Set(),
): Promise<void> {
  const folder = normalize(path).replace(/\/$/, '')
  if (seen.has(folder)) return
  seen.add(folder)
  if (seen.size > limitFolders)
    throw new FailureError('policy-violation', {
      diagnosis: `the kustomization is of more than ${limitFolders} folders`,
    })
  for (const name of kustomizations) {
    const file = join(folder, name)
    if (!(await kindOf(sourceDir, file))) continue
    for (const document of await parse({ path: file })) await search({ sourceDir, parse, seen }, folder, document)
  }
}

async function search(within: Search, folder: string, value: unknown, key = ''): Promise<void> {
  if (typeof value === 'string') return judge(within, folder, value, key)
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    if (!texts.has(name)) await search(within, folder, inner, Array.isArray(value) ? key : name)
}

async function judge(within: Search, folder: string, text: string, key: string): Promise<void> {
  // Files of a generator may be given as KEY=PATH.
  if ([text, text.slice(text.indexOf('=') + 1)].some((path) => /^https?:/i.test(path.trimStart())))
    throw new FailureError('manifests-invalid', {
      diagnosis: `the kustomization in ${folder} names ${maskAddresses(text).slice(0, 200)}: what it needs has to be in the source`,
    })
  const path = join(folder, text)
  if (text.includes('\n')) {
    if (!configuring.has(key)) return
    for (const document of await within.parse({ text, path: folder })) await search(within, folder, document)
    return
  }
  const kind = text === '' || text.length > 1_000 ? undefined : await kindOf(within.sourceDir, path)
  if (kind === 'folder') return refuseFetches(within.sourceDir, path, within.parse, within.seen)
  if (kind === 'file' && configuring.has(key))
    for (const document of await within.parse({ path })) await search(within, folder, document)
}

/** Undefined for what is not there, which most texts are. */
async function kindOf(sourceDir: string, path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(await findInside(sourceDir, path))).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof FailureError && error.code === 'path-outside-source') throw error
    return undefined
  }
}
