import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const memory = '/dev/shm'
const leastFreeBytes = 4 * 1024 ** 3

/**
 * Where what is made and removed by the thousand lies: in memory where there is plenty, as a container’s 64 MB are not. A disk spends more
 * on the names of the files of a test database than PostgreSQL does on the tests.
 */
export function chooseScratchDir(): string {
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize >= leastFreeBytes ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}
