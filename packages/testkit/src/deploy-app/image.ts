import { readFileSync } from 'node:fs'
import type Docker from 'dockerode'
import { importImage, packBaseEntries } from '../base-image.ts'
import { pushFixtureImage } from '../fixture-image.ts'
import { addPrograms } from '../program-image.ts'

/** How the migration of the app is called. */
export const deployAppMigration = ['node', '/app/serve.ts', 'migrate']

/**
 * Makes the image of `serve.ts` on this very Node and pushes it: a deploy pulls by digest.
 * @param repository `127.0.0.1:40000/acme/app`
 * @returns `REPOSITORY@sha256:…`
 */
export async function publishDeployApp(docker: Docker, repository: string): Promise<string> {
  const tar = packBaseEntries()
  addPrograms(tar, { '/bin/node': process.execPath })
  tar.entry({ name: 'app/serve.ts' }, readFileSync(new URL('serve.ts', import.meta.url)))
  tar.finalize()
  const reference = `${repository}:1`
  await importImage(docker, reference, tar, ['CMD ["node","/app/serve.ts"]'])
  return `${repository}@${await pushFixtureImage(docker, reference)}`
}
