import type { Backup } from '@stevedore/ledger'
import type { KeptBackup } from './retain-backups.ts'

/** Where backups go: a folder, or a bucket behind `s3://`. */
export interface BackupPlace {
  /** Those that are whole, oldest first. */
  list(): Promise<KeptBackup[]>
  /** Keeps what `write` makes in the folder that it is given. @returns it, by where it is kept */
  add(write: (folder: string) => Promise<Backup>): Promise<Backup>
  /** Takes away all but the newest, and what was begun by somebody who was killed. @returns what was taken away */
  dropOld(keep: number): Promise<string[]>
}
