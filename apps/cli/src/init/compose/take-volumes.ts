import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { unlessAbsent } from '../../system-error.ts'
import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import { type Place, pathInSource } from '../place.ts'
import { takeVolume } from '../take-volume.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import { showVariables } from './give-values.ts'
import { isSet, type Service, textOf } from './read-project.ts'

export interface Mount {
  source: string | undefined
  target: string
  isReadOnly: boolean
  type: string
}

export interface ProjectFolder {
  place: Place
  /** Where the compose file is: what its paths begin from. */
  folder: string
  file: string
}

const mostMounts = 50

export async function takeVolumes(draft: Draft, { fields }: Service, project: ProjectFolder): Promise<void> {
  for (const mount of readMounts(draft, fields)) await takeMount(draft, mount, project)
}

export function readMounts(draft: Draft, fields: Service['fields']): Mount[] {
  return listOf(fieldOf(fields, 'volumes'))
    .slice(0, mostMounts)
    .flatMap((entry) => {
      const mount = readMount(entry)
      if (!mount)
        leaveOut(draft, `volumes ${typeof entry === 'string' ? showVariables(entry) : ''}`.trim(), 'cannot be read')
      return mount ?? []
    })
}

/** One that is not written as a mount is none. */
export function readMount(entry: unknown): Mount | undefined {
  return typeof entry === 'string' ? readShort(entry) : readLong(fieldsOf(entry))
}

/** As it is written. */
export function nameMount({ source, target }: Mount): string {
  return `volumes ${source ?? ''}${source ? ':' : ''}${target}`
}

/** `data:/var/lib/data`, `./etc/app.conf:/etc/app.conf:ro`, `/var/lib/data`. */
function readShort(entry: string): Mount | undefined {
  const parts = expandVariables(entry).text.split(':')
  const [source, target, mode = ''] = parts.length === 1 ? [undefined, parts[0]] : parts
  if (parts.length > 3 || !target?.startsWith('/')) return undefined
  const type = source !== undefined && /^[./~]/.test(source) ? 'bind' : 'volume'
  return { source, target, type, isReadOnly: mode.split(',').includes('ro') }
}

function readLong(fields: ReturnType<typeof fieldsOf>): Mount | undefined {
  const target = textOf(fieldOf(fields, 'target'))
  if (!target?.startsWith('/')) return undefined
  const type = textOf(fieldOf(fields, 'type')) ?? 'volume'
  return { target, type, source: textOf(fieldOf(fields, 'source')), isReadOnly: isSet(fieldOf(fields, 'read_only')) }
}

async function takeMount(draft: Draft, mount: Mount, project: ProjectFolder): Promise<void> {
  const { source, target, type } = mount
  const what = nameMount(mount)
  if (type === 'tmpfs') return takeWritable(draft, target)
  if (/docker\.sock$/.test(source ?? '') || /docker\.sock$/.test(target))
    return leaveOut(draft, what, 'the socket of an engine is given to no app: whoever has it has the machine')
  if (type === 'bind') return takeBind(draft, { ...mount, source: source ?? '' }, what, project)
  if (type !== 'volume') return leaveOut(draft, what, `a mount of the type ${type} is not given to apps`)
  takeVolume(draft, target, {
    ...(source && { name: source }),
    from: `volumes in ${project.file}; what is in the old one is not moved`,
  })
}

async function takeBind(
  draft: Draft,
  { source, target, isReadOnly }: Mount & { source: string },
  what: string,
  { place, folder, file }: ProjectFolder,
): Promise<void> {
  const path = resolve(folder, source)
  const inSource = source.startsWith('~') ? undefined : pathInSource(place, path)
  if (inSource === undefined)
    return leaveOut(draft, what, 'no folder of the machine is given to apps; what they keep goes into a volume')
  const found = await unlessAbsent(stat(path)).catch(() => undefined)
  if (found === undefined && !isReadOnly && extname(path) === '') {
    takeVolume(draft, target, { from: `the folder ${source} in ${file}; what is in it is not moved` })
    return
  }
  if (found === undefined) {
    leaveOut(draft, what, 'is not in the source: a volume for what the app keeps, `files` for what it reads')
    return
  }
  if (!found.isFile())
    return leaveOut(
      draft,
      what,
      'a folder of the source: its Dockerfile copies what the image needs of it, `files` brings single ones, and what the app keeps goes into a volume',
    )
  takeSetting(
    draft,
    ['files', target],
    { from: inSource, ...((found.mode & 0o111) !== 0 && { mode: '0555' }) },
    `volumes in ${file}${isReadOnly ? '' : '; the app cannot write it'}`,
  )
}

/** In memory, and empty at the start. */
export function takeWritable(draft: Draft, entry: string): void {
  const known = fieldsOf(fieldsOf(draft.spec.environments)[draft.environment]).writablePaths
  const [path = ''] = entry.split(':')
  // Every app has that one.
  if (/^\/tmp\/?$/.test(path)) return
  takeSetting(draft, ['writablePaths'], [...listOf(known), path], 'tmpfs')
}
