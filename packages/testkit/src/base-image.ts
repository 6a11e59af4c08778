import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { type Component, findProgram } from './component.ts'

/** The base of every fixture and of examples/hello: busybox and its applets, so that nothing has to be pulled. */
export const baseImage = 'stevedore/busybox:local'

const busybox = findProgram('busybox')

export const busyboxComponent: Component = {
  name: 'static busybox',
  found: busybox !== undefined && isStatic(readFileSync(busybox)),
  bring: 'apt-get install busybox-static',
}

/** Makes `baseImage` of the machine's busybox unless the engine has it. */
export async function ensureBaseImage(docker: Docker): Promise<void> {
  const present = await docker
    .getImage(baseImage)
    .inspect()
    .then(Boolean, () => false)
  if (!present) await importImage(docker, baseImage, packBase(), ['CMD ["/bin/sh"]'])
}

/** Makes an image of one layer straight from a tar: in a fraction of the time of a build. */
export async function importImage(
  docker: Docker,
  reference: string,
  tar: AsyncIterable<unknown>,
  changes: string[],
): Promise<void> {
  const [repo, tag] = splitTag(reference)
  const progress = await docker.importImage(Readable.from(tar), { repo, tag, changes })
  progress.resume()
  await finished(progress)
}

/** The files of `baseImage`; more entries may be added before `finalize`. */
function packBase() {
  const tar = packBaseEntries()
  tar.finalize()
  return tar
}

export function packBaseEntries() {
  // Looked for again, since it may have been installed meanwhile.
  const busybox = findProgram('busybox')
  if (!busybox) throw new Error(`no busybox here; bring it with: ${busyboxComponent.bring}`)
  const tar = pack()
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync(busybox))
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (applet !== 'busybox') tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  const users = ['root:x:0:0:root:/:/bin/sh', 'app:x:1000:1000:app:/app:/bin/sh', 'postgres:x:70:70::/:/bin/sh']
  tar.entry({ name: 'etc/passwd' }, `${users.join('\n')}\n`)
  tar.entry({ name: 'etc/group' }, 'root:x:0:\napp:x:1000:\n')
  tar.entry({ name: 'tmp', type: 'directory', mode: 0o1777 })
  return tar
}

function splitTag(reference: string): [string, string] {
  const colon = reference.lastIndexOf(':')
  return [reference.slice(0, colon), reference.slice(colon + 1)]
}

/** A 64-bit ELF file is static when no program header asks for an interpreter (PT_INTERP, type 3). */
function isStatic(elf: Buffer): boolean {
  const [start, size, count] = [Number(elf.readBigUInt64LE(0x20)), elf.readUInt16LE(0x36), elf.readUInt16LE(0x38)]
  return Array.from({ length: count }, (_, index) => elf.readUInt32LE(start + index * size)).every((type) => type !== 3)
}
