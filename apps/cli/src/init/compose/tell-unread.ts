import { readdir } from 'node:fs/promises'
import type { LeftOut } from '../draft.ts'
import { fieldOf } from '../values.ts'
import type { ComposeProject } from './read-project.ts'

/** What compose would read beside the file, and is not followed here. */
export async function tellUnread({ fields, file }: ComposeProject, folder: string): Promise<LeftOut[]> {
  // A folder that may not be listed has none that compose would find.
  const names = await readdir(folder).catch(() => [])
  const overrides = names.filter((name) => /^(docker-)?compose\.override\.ya?ml$/.test(name))
  const included = fieldOf(fields, 'include') === undefined ? [] : [`include of ${file}`]
  const why = 'is not read: bring what it says into one file, by `docker compose config` say, and import that'
  return [...included, ...overrides].map((what) => ({ what, why }))
}
