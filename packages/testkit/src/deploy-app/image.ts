import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import type Docker from 'dockerode'
import { importImage, packBaseEntries } from '../base-image.ts'
import { pushFixtureImage } from '../fixture-image.ts'
import { addPrograms } from '../program-image.ts'

/** How the migration of the app is called. */
export const deployAppMigration = ['node', '/app/serve.mjs', 'migrate']

/**
 * Makes the image of `serve.ts` on this very Node and pushes it: a deploy pulls by digest. Without its types, which each of hundreds of
 * starts would take away anew.
 * @param repository `127.0.0.1:40000/acme/app`
 * @returns `REPOSITORY@sha256:…`
 */
export async function publishDeployApp(docker: Docker, repository: string): Promise<string> {
  const tar = packBaseEntries()
  addPrograms(tar, { '/bin/node': process.execPath })
  const source = readFileSync(new URL('serve.ts', import.meta.url), 'utf8')
  tar.entry({ name: 'app/serve.mjs' }, stripTypeScriptTypes(source))
  tar.finalize()
  const reference = `${repository}:1`
  await importImage(docker, reference, tar, ['CMD ["node","/app/serve.mjs"]'])
  return `${repository}@${await pushFixtureImage(docker, reference)}`
}
