import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type Docker from 'dockerode'
import { importImage, packBaseEntries } from './base-image.ts'
import { type Component, findProgram } from './component.ts'
import { addPrograms } from './program-image.ts'

/** Stands in for `docker:28-dind` where no image can be pulled: the distribution's Docker engine beside busybox. */
export const builderImage = 'stevedore/builder:local'

const programs = ['dockerd', 'docker', 'containerd', 'containerd-shim-runc-v2', 'runc', 'xtables-nft-multi']

export const builderComponent: Component = {
  name: 'Docker engine to make a builder of',
  found: programs.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0,
  bring: 'apt-get install docker.io iptables, and run as root',
}

/** Makes `builderImage` of the machine's Docker engine unless the engine has it. */
export async function ensureBuilderImage(docker: Docker): Promise<void> {
  const image = docker.getImage(builderImage)
  if (await image.inspect().then(Boolean, () => false)) return
  const found = Object.fromEntries(programs.map((name) => [`/usr/bin/${name}`, locate(name)]))
  const tar = packBaseEntries()
  addPrograms(tar, found)
  for (const name of ['iptables', 'ip6tables'])
    tar.entry({ name: `usr/bin/${name}`, type: 'symlink', linkname: 'xtables-nft-multi' })
  const extensions = findExtensions()
  for (const name of readdirSync(extensions).filter((entry) => entry.endsWith('.so')))
    tar.entry({ name: join(extensions, name).slice(1), mode: 0o755 }, readFileSync(join(extensions, name)))
  tar.entry({ name: 'var/run', type: 'symlink', linkname: '/run' })
  tar.finalize()
  await importImage(docker, builderImage, tar, [])
}

function locate(name: string): string {
  // Looked for again, since it may have been installed meanwhile.
  const path = findProgram(name)
  if (!path) throw new Error(`no ${name} here; bring it with: ${builderComponent.bring}`)
  return path
}

/** What iptables loads for each kind of match. */
function findExtensions(): string {
  const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/lib64']
  const folder = libraries.map((path) => join(path, 'xtables')).find(isFolder)
  if (!folder) throw new Error(`no extensions of iptables below ${dirname(libraries[0]!)}`)
  return folder
}

function isFolder(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}
