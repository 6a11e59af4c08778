import { relative } from 'node:path'
import { type Fields, fieldOf, fieldsOf, listOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import { isRemote } from './loading.ts'

interface Folders {
  /** What the paths begin from. */
  from: string
  /** What they are to begin from. */
  to: string
}

/** A service of another folder, as it would be written in this one. */
export function moveService(service: Fields, folders: Folders): Fields {
  const way = relative(folders.to, folders.from)
  if (way === '') return service
  return change(service, {
    build: (build) => moveBuild(build, way),
    env_file: (files) => moveEach(files, (file) => moveEntry(file, 'path', way)),
    volumes: (mounts) => moveEach(mounts, (mount) => moveMount(mount, way)),
  })
}

/** The same of what is declared beside services: a config or a secret of a file. */
export function moveDeclared(declared: Fields, folders: Folders): Fields {
  const way = relative(folders.to, folders.from)
  return way === '' ? declared : fieldsOf(moveEntry(declared, 'file', way))
}

/** Those that are there. */
function change(fields: Fields, changes: Record<string, (value: unknown) => unknown>): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const work = value === null || !Object.hasOwn(changes, key) ? undefined : changes[key]
      return [key, work ? work(value) : value]
    }),
  )
}

function moveEach(value: unknown, move: (one: unknown) => unknown): unknown {
  return Array.isArray(value) ? listOf(value).map(move) : move(value)
}

/** A path, or a mapping with one. */
function moveEntry(entry: unknown, key: string, way: string): unknown {
  if (typeof entry === 'string') return key === 'path' ? movePath(entry, way) : entry
  const path = fieldOf(fieldsOf(entry), key)
  return typeof path === 'string' ? change(fieldsOf(entry), { [key]: () => movePath(path, way) }) : entry
}

function moveBuild(build: unknown, way: string): unknown {
  if (typeof build === 'string') return movePath(build, way)
  const context = fieldOf(fieldsOf(build), 'context')
  return { ...fieldsOf(build), context: typeof context === 'string' ? movePath(context, way) : way }
}

function moveMount(mount: unknown, way: string): unknown {
  if (typeof mount === 'string') {
    const [source = '', target] = expandVariables(mount).text.split(':')
    return target !== undefined && source.startsWith('.') ? movePath(mount, way) : mount
  }
  return fieldOf(fieldsOf(mount), 'type') === 'bind' ? moveEntry(mount, 'source', way) : mount
}

/** A path that begins elsewhere stays; whether it does is told by its text once its variables have their values. */
function movePath(path: string, way: string): string {
  const { text } = expandVariables(path)
  return text.startsWith('/') || text.startsWith('~') || isRemote(text) ? path : `./${way}/${path}`
}
