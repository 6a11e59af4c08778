import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import { type FileAccess, runIn } from './files.ts'
import { proxyFolders } from './folders.ts'

/** The volume of an earlier version has no such folder. Whoever stands at a link passes through it, and lists nothing. */
export async function ensureLinkFolder({ shell }: FileAccess, { fence, signal }: WorkContext): Promise<void> {
  await fence()
  await runIn(shell, `mkdir -p -m 711 ${proxyFolders.links}`, { what: 'mkdir', signal })
}

/** Where the engine keeps that folder, on its own machine: older engines mount no folder of a volume by its name. */
export async function findLinkFolder(docker: Docker, volume: string): Promise<string> {
  const { Mountpoint } = await callEngine(() => docker.getVolume(volume).inspect())
  return `${Mountpoint}${proxyFolders.links.slice(proxyFolders.volume.length)}`
}
