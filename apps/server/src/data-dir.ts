import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Only the owner reads what is in it; root lets the database's account pass through to its own folder. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
}

/** The secret in a file, made on the first call; several processes at once get the same one. */
export async function ensureSecretFile(path: string, make: () => string): Promise<string> {
  // Also where nothing may be written: on a volume that is there to be read.
  const held = await readFile(path, 'utf8').catch(() => undefined)
  if (held !== undefined) return held.trim()
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(draft, make(), { mode: 0o600, flag: 'wx' })
  try {
    // A link, unlike a rename, fails where the file is there already, and shows it only once it is whole.
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  return (await readFile(path, 'utf8')).trim()
}

/** Replaces a file at once, readable by its owner alone. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

/** Keys that the environment may name instead: one seals stored secrets, the other signs checkpoints of the audit trail. */
type OwnKey = 'master-key' | 'audit-key'

/** A key of 32 random bytes, made on the first call. */
export async function ensureKey(dataDir: string, name: OwnKey): Promise<Buffer> {
  await prepareDataDir(dataDir)
  const text = await ensureSecretFile(join(dataDir, name), () => randomBytes(32).toString('base64'))
  return Buffer.from(text, 'base64')
}
