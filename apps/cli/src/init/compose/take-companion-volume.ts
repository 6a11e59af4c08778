import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { unlessAbsent } from '../../system-error.ts'
import { type Draft, leaveOut, leaveToPerson, settingPath, takeSetting } from '../draft.ts'
import type { KnownImage } from './known-images.ts'
import type { Service } from './read-project.ts'
import { type Mount, nameMount, type ProjectFolder, readMounts, takeWritable } from './take-volumes.ts'

/** How large the volume of a companion is said to be: a guess, which a cluster would hold it to. */
const usualSize = '10Gi'

/** The one volume of a companion: where its image is known to keep data, else the first that keeps any. */
export async function takeCompanionVolume(
  draft: Draft,
  { name, fields }: Service,
  known: KnownImage | undefined,
  { folder, file }: ProjectFolder,
): Promise<void> {
  const mounts = readMounts(draft, fields)
  for (const { target } of mounts.filter(({ type }) => type === 'tmpfs')) takeWritable(draft, target)
  const isUsual = ({ target }: Mount) => known?.data !== undefined && `${target}/`.startsWith(`${known.data}/`)
  const keeping: Mount[] = []
  for (const mount of mounts.filter(({ type }) => type !== 'tmpfs'))
    if (isUsual(mount) || (await keepsData(mount, folder))) keeping.push(mount)
    else leaveOut(draft, nameMount(mount), 'a companion has one volume, and no files: its image brings what it reads')
  const main = keeping.find(isUsual) ?? keeping[0]
  for (const mount of keeping.filter((one) => one !== main))
    leaveOut(draft, nameMount(mount), 'a companion has one volume')
  if (main) {
    const path = main.target.replace(/\/{1,200}$/, '')
    takeSetting(draft, ['volume'], { path, size: usualSize }, tellOrigin(file))
  } else if (known?.data)
    leaveToPerson(
      draft,
      settingPath(draft, 'image'),
      `${name} has no volume: what it keeps goes with its container. \`volume: { path: ${known.data} }\` keeps it.`,
    )
}

function tellOrigin(file: string): string {
  return `volumes in ${file}, of which nothing is moved; ${usualSize} is a guess`
}

/** A folder of the machine with nothing in it yet is for what is kept; what is there already is read. */
async function keepsData({ type, source, target, isReadOnly }: Mount, folder: string): Promise<boolean> {
  if (isReadOnly || target.endsWith('docker.sock')) return false
  if (type === 'volume') return true
  if (type !== 'bind' || source === undefined || source.startsWith('~') || extname(source) !== '') return false
  const found = await unlessAbsent(stat(resolve(folder, source))).catch(() => 'unreadable')
  return found === undefined
}
