import { resolve } from 'node:path'
import { isCommandFailure } from '../../exit.ts'
import { type Draft, leaveOut } from '../draft.ts'
import { readForeignFile } from '../foreign-file.ts'
import { pathInSource } from '../place.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { type Service, textOf } from './read-project.ts'
import { type KnownNames, takeEnvironment, takeNames } from './take-environment.ts'
import type { ProjectFolder } from './take-volumes.ts'

/** What a service says under `environment`, and the names of what it reads from files. */
export async function takeVariables(
  draft: Draft,
  service: Service,
  { place, folder, file }: ProjectFolder,
  names: KnownNames,
): Promise<void> {
  takeEnvironment(draft, service, { from: file, ...names })
  for (const path of listFiles(fieldOf(service.fields, 'env_file'))) {
    const from = pathInSource(place, resolve(folder, path)) ?? path
    const text = await readForeignFile(place.root, resolve(folder, path)).catch((error: unknown) => {
      if (!isCommandFailure(error)) throw error
      return undefined
    })
    if (text === undefined)
      leaveOut(draft, `env_file ${path}`, 'cannot be read here: name its variables under `env` and `secrets`')
    else takeNames(draft, text, { from, ...names })
  }
}

function listFiles(value: unknown): string[] {
  const entries = Array.isArray(value) ? listOf(value) : [value]
  return entries.slice(0, 20).flatMap((entry) => textOf(entry) ?? textOf(fieldOf(fieldsOf(entry), 'path')) ?? [])
}
