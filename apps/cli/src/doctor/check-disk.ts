import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../system-error.ts'
import type { Check } from './check.ts'

const gibibyte = 2 ** 30
/** A build of a small app takes as much. */
const leastBytes = 2 * gibibyte
const roomyBytes = 10 * gibibyte

/** @param folder one that is not there yet is looked for where it would be made */
export async function checkDisk(name: string, folder: string): Promise<Check> {
  const freeBytes = await readFree(folder)
  const found = `${(freeBytes / gibibyte).toFixed(1)} GiB free for ${folder}`
  if (freeBytes >= roomyBytes) return { name, state: 'good', found }
  const remedy = 'docker system prune frees what no container uses; docker system df shows what takes it'
  return { name, state: freeBytes < leastBytes ? 'bad' : 'missing', found, remedy }
}

async function readFree(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && dirname(folder) !== folder) return readFree(dirname(folder))
    throw error
  }
}
