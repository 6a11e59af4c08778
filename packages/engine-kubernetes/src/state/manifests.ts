import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { findInside } from '@stevedore/engine'
import { findExcess, isTooDeep } from '@stevedore/formats'
import { parseAllDocuments } from 'yaml'
import { renderKustomization } from '../client/kustomize.ts'
import { isFields } from '../spec/fields.ts'
import type { SourceObject } from '../spec/policy.ts'
import { octal } from './read-octal.ts'
import { kustomizations, refuseFetches } from './refuse-fetches.ts'

const limitBytes = 1_000_000
const limitFiles = 200
/** As much as a kustomization may make. */
const limitOutput = 4_000_000
const limitDocuments = 1_000

/**
 * The objects in a file, in a folder's files, or of a kustomization.
 * @throws FailureError `manifests-invalid`, `path-missing`, `path-outside-source`, `policy-violation` above a limit
 */
export async function readManifests(sourceDir: string, path: string, signal: AbortSignal): Promise<SourceObject[]> {
  const found = await findInside(sourceDir, path)
  if ((await stat(found)).isFile()) return parse(await readInside(sourceDir, path), path)
  const names = (await readdir(found)).sort()
  if (names.some((name) => kustomizations.includes(name))) {
    await refuseFetches(sourceDir, path, async (given) =>
      parseDocuments('text' in given ? given.text : await readInside(sourceDir, given.path), given.path),
    )
    return parse(await renderKustomization(found, signal), path)
  }
  const files = names
    .filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
    .map((name) => join(path, name))
  requireSome(files, path)
  const objects = await Promise.all(files.map(async (file) => parse(await readInside(sourceDir, file), file)))
  return objects.flat()
}

function requireSome({ length }: readonly string[], path: string): void {
  if (length === 0) throw new FailureError('manifests-invalid', { diagnosis: `${path} holds no manifests` })
  if (length > limitFiles)
    throw new FailureError('policy-violation', {
      diagnosis: `${path} holds ${length} manifests, more than ${limitFiles}`,
    })
}

async function readInside(sourceDir: string, path: string): Promise<string> {
  const found = await findInside(sourceDir, path)
  const { size } = await stat(found)
  if (size > limitBytes)
    throw new FailureError('policy-violation', { diagnosis: `${path} is larger than ${limitBytes} bytes` })
  return readFile(found, 'utf8')
}

function parse(text: string, name: string): SourceObject[] {
  return parseDocuments(text, name).flatMap((document) => flatten(document as SourceObject | null))
}

function parseDocuments(text: string, name: string): unknown[] {
  if (text.length > limitOutput || isTooDeep(text)) throw refuse(name, 'it is too large or nested too deep')
  try {
    // The parser's own search for doubled keys takes the square of their number.
    const documents = parseAllDocuments(text, {
      merge: true,
      uniqueKeys: false,
      customTags: (tags) => [octal, ...tags],
    })
    if (documents.length > limitDocuments) throw refuse(name, `it holds more than ${limitDocuments} documents`)
    for (const document of documents) {
      const fault = document.errors[0]?.message ?? findExcess(document)
      if (fault !== undefined) throw refuse(name, fault)
    }
    return documents.map((document) => document.toJS() as unknown)
  } catch (error) {
    if (error instanceof FailureError) throw error
    throw refuse(name, String(error))
  }
}

function refuse(name: string, why: string): FailureError {
  return new FailureError('manifests-invalid', { diagnosis: `${name} is not YAML that can be read: ${why}` })
}

/** Empty documents are nothing, a List is its items. */
function flatten(document: unknown): SourceObject[] {
  if (!isFields(document) || !document.kind) return []
  const objects = document.kind === 'List' ? document.items : [document]
  return Array.isArray(objects) ? objects : []
}
