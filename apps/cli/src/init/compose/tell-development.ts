import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Place } from '../place.ts'
import { pathInSource } from '../place.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { type Loading, nameFile, tell } from './loading.ts'
import type { Source } from './read-source.ts'
import { readMount } from './take-volumes.ts'

const mostMounts = 50

/** Says of a file that is merged in that it mounts the source into services: what else it says is for development then, too. */
export async function tellDevelopment(
  { fields, folder, path }: Source,
  first: string,
  loading: Loading,
): Promise<void> {
  const found: string[] = []
  for (const [name, service] of Object.entries(fieldsOf(fieldOf(fields, 'services'))).slice(0, mostMounts))
    for (const entry of listOf(fieldOf(fieldsOf(service), 'volumes')).slice(0, mostMounts)) {
      const mount = readMount(entry)
      if (found.length < 5 && mount?.type === 'bind' && (await isSourceFolder(mount.source, folder, loading.place)))
        found.push(`${mount.source} into ${name}`)
    }
  if (found.length === 0) return
  const why = `is taken, as compose takes it, and is for development as it seems, since it mounts ${found.join(', ')}: without it by \`stevedore import compose ${first}\``
  tell(loading, nameFile(loading.place, path), why)
}

async function isSourceFolder(source: string | undefined, folder: string, place: Place): Promise<boolean> {
  if (source === undefined || source.startsWith('~')) return false
  const path = resolve(folder, source)
  if (pathInSource(place, path) === undefined) return false
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ?? false
}
