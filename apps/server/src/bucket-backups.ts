import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Config } from '@stevedore/config'
import { type Backup, manifestName } from '@stevedore/ledger'
import type { BackupPlace } from './backup-place.ts'
import { type Bucket, openBucket, type StoredObject } from './bucket.ts'
import { CommandError, exitStatus } from './command-error.ts'
import { abandonedMs, backupName, type KeptBackup, readTime } from './retain-backups.ts'

/** The files of a backup; what else lies beside them is not ours. */
const fileName = /^(manifest\.json|[a-z_][a-z0-9_]{0,62}\.copy\.gz)$/

/** Backups below a prefix of a bucket. One is there once its manifest is, which comes last and goes first. */
export function openBucketPlace(address: string, settings: Config['backupBucket']): BackupPlace {
  const bucket = openBucket(address, settings)
  return {
    list: async () => listWhole(await readFolders(bucket)),
    async add(write) {
      await using draft = await makeDraft()
      const backup = await write(draft.path)
      const name = basename(backup.path)
      await sendBackup(bucket, backup, name)
      return { ...backup, path: `${address.replace(/\/$/, '')}/${name}` }
    },
    dropOld: async (keep) => {
      const dropped = chooseOld(await readFolders(bucket), keep)
      for (const { name, files } of dropped) await removeBackup(bucket, name, files)
      return dropped.map(({ name }) => `${address.replace(/\/$/, '')}/${name}`)
    },
  }
}

/** Brings one backup into a folder of this machine, which goes once it is disposed. What came is not judged yet. */
export async function fetchBackup(address: string, settings: Config['backupBucket']): Promise<Draft> {
  const [, parent = '', name = ''] = /^(.*)\/([^/]+)\/?$/.exec(address) ?? []
  const bucket = backupName.test(name) ? openBucket(parent, settings) : undefined
  const files = (await bucket?.list(`${name}/`))?.filter(({ key }) => fileName.test(key.slice(name.length + 1)))
  if (!bucket || !files?.length)
    throw new CommandError(
      exitStatus.failed,
      `There is no backup at ${address}`,
      'Name one with all of its name, as `stevedore backup` told it: s3://BUCKET/FOLDER/stevedore-…Z',
    )
  const draft = await makeDraft()
  try {
    for (const file of files) await bucket.fetch(file, join(draft.path, basename(file.key)))
    return draft
  } catch (error) {
    await draft[Symbol.asyncDispose]()
    throw error
  }
}

/** A folder on this machine: a dump is larger than memory, and is judged before it leaves or is taken. */
interface Draft extends AsyncDisposable {
  path: string
}

async function makeDraft(): Promise<Draft> {
  const path = await mkdtemp(join(tmpdir(), 'stevedore-backup-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function sendBackup(bucket: Bucket, { path }: Backup, name: string): Promise<void> {
  const files = (await readdir(path)).sort((a, b) => Number(a === manifestName) - Number(b === manifestName))
  for (const file of files) await bucket.send(join(path, file), `${name}/${file}`)
}

interface StoredFolder {
  name: string
  files: StoredObject[]
}

/** By their names, and so by their times. */
async function readFolders(bucket: Bucket): Promise<StoredFolder[]> {
  const ours = (await bucket.list('stevedore-')).filter(({ key }) => {
    const [name = '', file = '', ...deeper] = key.split('/')
    return backupName.test(name) && fileName.test(file) && deeper.length === 0
  })
  const folders = Map.groupBy(ours, ({ key }) => key.split('/', 1)[0] as string)
  return [...folders].map(([name, files]) => ({ name, files })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

const isWhole = ({ files }: StoredFolder) => files.some(({ key }) => key.endsWith(`/${manifestName}`))

function listWhole(folders: readonly StoredFolder[]): KeptBackup[] {
  return folders.filter(isWhole).map(({ name }) => ({ name, takenAt: readTime(name) }))
}

/** Those beyond the newest, and those whose sender was killed long ago. */
function chooseOld(folders: readonly StoredFolder[], keep: number): StoredFolder[] {
  const whole = folders.filter(isWhole)
  const isAbandoned = ({ files }: StoredFolder) =>
    files.every(({ modifiedAt }) => Date.now() - Number(modifiedAt) > abandonedMs)
  return [
    ...whole.slice(0, Math.max(0, whole.length - keep)),
    ...folders.filter((folder) => !isWhole(folder) && isAbandoned(folder)),
  ]
}

/** Its manifest first: what is half gone is no backup. */
async function removeBackup(bucket: Bucket, name: string, files: readonly StoredObject[]): Promise<void> {
  await bucket.remove([`${name}/${manifestName}`])
  const rest = files.map(({ key }) => key).filter((key) => !key.endsWith(`/${manifestName}`))
  if (rest.length > 0) await bucket.remove(rest)
}
