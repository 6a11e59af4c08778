import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { root } from './releases.ts'

/** A checkout of a release that can be run. */
export interface ReleaseTree {
  path: string
  remove(): Promise<void>
}

const lock = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), resolved: z.string().optional(), link: z.boolean().optional() }),
  ),
})
type Lock = z.output<typeof lock>

/** Lays out the code of a commit, with the packages of its lock file. Not below node_modules, where Node would not run TypeScript. */
export async function unpackRelease(commit: string): Promise<ReleaseTree> {
  const path = await mkdtemp(join(tmpdir(), 'stevedore-release-'))
  const remove = () => rm(path, { recursive: true, force: true })
  try {
    const archive = join(path, 'release.tar')
    await execa('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: root })
    await execa('tar', ['-xf', archive, '-C', path])
    await rm(archive)
    const [theirs, ours] = (await Promise.all([path, root].map(readLock))) as [Lock, Lock]
    if (isCovered(theirs, ours)) await linkPackages(path, theirs)
    else await installPackages(path)
    return { path, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function readLock(tree: string): Promise<Lock> {
  return lock.parse(JSON.parse(await readFile(join(tree, 'package-lock.json'), 'utf8')))
}

/** Whether all that a release is made of is here, in its version. What came since does not matter. */
function isCovered(theirs: Lock, ours: Lock): boolean {
  return Object.entries(theirs.packages)
    .filter(([place, { link }]) => place.includes('node_modules/') && !link)
    .every(([place, { version }]) => ours.packages[place]?.version === version)
}

/** The packages of others are those of this checkout; the release's own are its own. */
async function linkPackages(tree: string, { packages }: Lock): Promise<void> {
  const modules = join(tree, 'node_modules')
  await mkdir(modules)
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@stevedore' && name !== '.cache') await symlink(join(root, 'node_modules', name), join(modules, name))
  for (const [place, { link, resolved = '' }] of Object.entries(packages)) {
    if (!link) continue
    await mkdir(dirname(join(tree, place)), { recursive: true })
    await symlink(join(tree, resolved), join(tree, place))
  }
  const nested = Object.keys(packages).flatMap(
    (place) => /^(?!node_modules\/).+?\/node_modules(?=\/)/.exec(place) ?? [],
  )
  for (const place of new Set(nested)) await symlink(join(root, place), join(tree, place))
}

async function installPackages(tree: string): Promise<void> {
  console.log('The packages of the last release are others than here: npm ci fetches them, which takes a minute or two')
  await execa('npm', ['ci', '--no-audit', '--no-fund'], { cwd: tree })
}
