import { realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { CliError, exitStatus } from '../../exit.ts'
import { unlessAbsent } from '../../system-error.ts'
import type { Draft } from '../draft.ts'
import { isInside, readForeignFile } from '../foreign-file.ts'
import { findPlace } from '../place.ts'
import { createUsedPorts } from '../way-in.ts'
import { draftProject, type ProjectDrafts } from './draft-project.ts'
import { readProject } from './read-project.ts'

/**
 * A compose file as specs.
 * @throws CliError where it cannot be read, or nothing in it could be an app
 */
export async function importComposeFile(
  file: string,
  settings: Pick<Draft, 'environment' | 'engine'> & { app: string | undefined },
): Promise<ProjectDrafts> {
  const path = await unlessAbsent(realpath(file))
  if (path === undefined) throw new CliError(exitStatus.usage, `${file}: is not there`)
  const folder = dirname(path)
  // What is uploaded is the folder that one is in, where it holds the file.
  const here = await realpath('.')
  const place = await findPlace(isInside(here, folder) ? here : folder)
  const project = readProject((await readForeignFile(place.root, path)) ?? '', basename(path))
  const found = await draftProject({ project, place, folder, used: createUsedPorts() }, settings)
  if (found.drafts.length > 0) return found
  throw new CliError(
    exitStatus.usage,
    `${file}: no service of it is built, and none with ports is an app: ${project.services
      .map(({ name }) => name)
      .slice(0, 20)
      .join(', ')}`,
    'Declare an app by hand: docs/guide/app-spec.md',
  )
}
