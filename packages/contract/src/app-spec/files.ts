import { z } from 'zod'
import { refusal, relativePath } from '../values/names.ts'
import { despiteFaults } from './despite-faults.ts'
import { isWithin, overlap, plainPath, trimSlashes } from './paths.ts'
import { listVolumes, type Mounting } from './volumes.ts'

/** What one file, and all files of an environment together, may hold: in bytes. A cluster's ConfigMap takes 1 MiB. */
export const maxFileBytes = 2 ** 18
export const maxFilesBytes = 2 ** 19
const maxFiles = 64

/** What the kernel or an engine has there itself. `/run/stevedore` is where the Docker engine keeps the files. */
const taken = ['/proc', '/sys', '/dev', '/tmp', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/run/stevedore']

/** Short enough for the key of a ConfigMap, whichever characters it is made of. */
const filePath = z
  .string()
  .max(120)
  .regex(plainPath, 'an absolute path of a file')
  .refine((path) => !taken.some((one) => overlap(path, one)), {
    ...refusal('policy-violation', `is none of ${taken.join(', ')}, and neither below nor above them`),
  })

const content = z
  .string()
  .refine((text) => countBytes(text) <= maxFileBytes, { error: `at most ${maxFileBytes} bytes` })

function countBytes(text: string): number {
  return new TextEncoder().encode(text).length
}

const file = z
  .strictObject({
    /** A file of the source, at the commit that the version was built of. */
    from: relativePath.optional(),
    /** Beside `from`: what it was when its revision was recorded. */
    text: content.optional(),
    /** The same of what is no text, in base64. */
    encoded: z
      .string()
      .optional()
      .refine((value): boolean => value === undefined, { error: 'is set by Stevedore' }),
    /** Everybody in the container reads it, and nobody writes it: it is the revision's. */
    mode: z.enum(['0444', '0555']).default('0444'),
  })
  .refine((value) => (value.from === undefined) !== (value.text === undefined), {
    error: 'give from or text',
    ...despiteFaults,
  })

export type FileSetting = z.output<typeof file>
export type Files = Record<string, FileSetting>

/** By their paths in the container. */
export const files = z
  .record(filePath, file)
  .refine((value) => Object.keys(value).length <= maxFiles, { error: `at most ${maxFiles}` })
  .refine((value) => sumBytes(value) <= maxFilesBytes, { error: `at most ${maxFilesBytes} bytes together` })

interface Filed {
  files?: Files | undefined
}

function sumBytes(all: Files): number {
  return Object.values(all).reduce((sum, { text = '' }) => sum + countBytes(text), 0)
}

/** A file as it is put into containers. */
export interface PlacedFile {
  path: string
  mode: FileSetting['mode']
  content: Buffer
}

/**
 * The files of recorded settings in the order of their paths.
 * @throws Error where the source was not asked for one of them: an empty file is never put in its place
 */
export function listFiles({ files: given = {} }: Filed): PlacedFile[] {
  return Object.entries(given)
    .map(([path, { mode, ...one }]) => ({ path, mode, content: readContent(path, one) }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function readContent(path: string, { text, encoded }: Pick<FileSetting, 'text' | 'encoded'>): Buffer {
  if (encoded !== undefined) return Buffer.from(encoded, 'base64')
  if (text !== undefined) return Buffer.from(text)
  throw new Error(`the content of ${path} was not recorded`)
}

/** The files that are taken from the source, with the paths that they have there. */
export function listSourceFiles({ files: given = {} }: Filed): { path: string; from: string }[] {
  return Object.entries(given).flatMap(([path, { from }]) => (from === undefined ? [] : { path, from }))
}

/** Settings without what is in their files, for lists: one revision alone shows that. */
export function withoutContents<S extends Filed>(settings: S): S {
  const { files: given } = settings
  if (!given) return settings
  const bare = ({ text: _text, encoded: _encoded, ...kept }: FileSetting) => kept
  return { ...settings, files: Object.fromEntries(Object.entries(given).map(([path, one]) => [path, bare(one)])) }
}

interface Written extends Filed, Mounting {
  writablePaths: string[]
  engine: 'docker' | 'kubernetes'
  manifests?: unknown
}

interface FileFault {
  path: string[]
  message: string
}

/** What of an environment does not go with its files. */
export function findFileFaults(value: Written): FileFault[] {
  const paths = Object.keys(value.files ?? {})
  if (paths.length === 0) return []
  const folders = [...listVolumes(value).map(({ path }) => path), ...value.writablePaths.map(trimSlashes)]
  return [...paths.flatMap((path) => findOverlap(path, folders, paths)), ...findOthers(value)]
}

function findOverlap(path: string, folders: string[], paths: string[]): FileFault[] {
  const other = folders.find((one) => overlap(path, one)) ?? paths.find((one) => one !== path && isWithin(path, one))
  return other === undefined
    ? []
    : [{ path: ['files', path], message: `${path} and ${other} are the same, or one lies within the other` }]
}

function findOthers({ engine, manifests }: Written): FileFault[] {
  if (engine !== 'kubernetes' || manifests === undefined) return []
  return [{ path: ['files'], message: 'are not for manifests, whose pods have ConfigMaps of their own' }]
}
