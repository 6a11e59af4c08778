import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError, exitStatus } from '../../exit.ts'
import { unlessAbsent } from '../../system-error.ts'
import type { Draft } from '../draft.ts'
import { isInside, readForeignFile } from '../foreign-file.ts'
import { findPlace } from '../place.ts'
import { createUsedPorts } from '../way-in.ts'
import { draftProject, type ProjectDrafts } from './draft-project.ts'
import { loadProject } from './load-project.ts'

const mostFiles = 20

/**
 * A compose file as specs, with others that are merged into it in their order.
 * @throws CliError where it cannot be read, or nothing in it could be an app
 */
export async function importComposeFiles(
  [file = '', ...others]: readonly string[],
  settings: Pick<Draft, 'environment' | 'engine'> & { app: string | undefined },
): Promise<ProjectDrafts> {
  const [path = '', ...overrides] = await findAll([file, ...others])
  const folder = dirname(path)
  // What is uploaded is the folder that one is in, where it holds the file.
  const here = await realpath('.')
  const place = await findPlace(isInside(here, folder) ? here : folder)
  const project = await loadProject((await readForeignFile(place.root, path)) ?? '', { place, path, overrides })
  const found = await draftProject({ project, place, folder, used: createUsedPorts() }, settings)
  if (found.drafts.length > 0) return found
  const [lost] = project.told
  throw new CliError(
    exitStatus.usage,
    `${file}: no service of it is built, and none with ports is an app: ${project.services
      .map(({ name }) => name)
      .slice(0, 20)
      .join(', ')}`,
    lost ? `${lost.what}: ${lost.why}` : 'Declare an app by hand: docs/guide/app-spec.md',
  )
}

/** @throws CliError for one that is not there, or too many */
async function findAll(files: readonly string[]): Promise<string[]> {
  if (files.length > mostFiles) throw new CliError(exitStatus.usage, `more than ${mostFiles} files are not read`)
  return Promise.all(
    files.map(async (file) => {
      const path = await unlessAbsent(realpath(file))
      if (path === undefined) throw new CliError(exitStatus.usage, `${file}: is not there`)
      return path
    }),
  )
}
