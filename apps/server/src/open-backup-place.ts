import type { Config } from '@stevedore/config'
import type { BackupPlace } from './backup-place.ts'
import { dropOldBackups, listBackups } from './retain-backups.ts'

export const isBucket = (address: string) => address.startsWith('s3:')

/** Throws a CommandError where the address is none, or its settings are missing. What talks to buckets is loaded for them alone. */
export async function openBackupPlace(address: string, { backupBucket }: Config): Promise<BackupPlace> {
  if (isBucket(address)) return (await import('./bucket-backups.ts')).openBucketPlace(address, backupBucket)
  return {
    list: () => listBackups(address),
    add: (write) => write(address),
    dropOld: (keep) => dropOldBackups(address, keep),
  }
}
