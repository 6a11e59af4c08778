import { randomBytes } from 'node:crypto'
import { open, rename, stat } from 'node:fs/promises'
import { type Checkpoint, type CheckpointKey, parseCheckpoint, writeCheckpoint } from '@stevedore/ledger'

/** The newest are kept: each vouches for the whole of the chain before it. */
const linesKept = 1_000
const mostBytes = 1_048_576

export interface KeptCheckpoints {
  /** Oldest first; up to the first that cannot be believed. */
  checkpoints: readonly Checkpoint[]
  /** What is wrong with the file, as a sentence's end: `line 3 …`. */
  fault?: string
}

/** One a line. A file that is not there holds none. Rejects where it cannot be read. */
export async function readCheckpointFile(path: string, key: CheckpointKey): Promise<KeptCheckpoints> {
  const text = await readText(path)
  if (text === undefined) return { checkpoints: [], fault: `it holds more than ${mostBytes} bytes` }
  const checkpoints: Checkpoint[] = []
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const checkpoint = parseCheckpoint(line)
    const fault = describeFault(checkpoint, checkpoints.at(-1), key)
    if (!checkpoint || fault) return { checkpoints, fault: `line ${index + 1} ${fault}` }
    checkpoints.push(checkpoint)
  }
  return text === '' || text.endsWith('\n') ? { checkpoints } : { checkpoints, fault: 'its last line is cut off' }
}

function describeFault(
  checkpoint: Checkpoint | undefined,
  before: Checkpoint | undefined,
  key: CheckpointKey,
): string | undefined {
  if (!checkpoint) return 'is no checkpoint'
  if (!key.recognizes(checkpoint)) return 'is not signed with the key of this server'
  return before && before.seq >= checkpoint.seq ? 'is older than the line before it' : undefined
}

/** undefined where it is larger than any that is written here. */
async function readText(path: string): Promise<string | undefined> {
  const { size } = await stat(path).catch(passAbsence)
  if (size === 0) return ''
  if (size > mostBytes) return undefined
  await using file = await open(path, 'r')
  return file.readFile('utf8')
}

function passAbsence(error: NodeJS.ErrnoException): { size: number } {
  if (error.code === 'ENOENT') return { size: 0 }
  throw error
}

/** Replaces the file, in a folder that is there, at once, so that a stop in the middle of it leaves the one before. */
export async function writeCheckpointFile(path: string, checkpoints: readonly Checkpoint[]): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const text = checkpoints.slice(-linesKept).map((checkpoint) => `${writeCheckpoint(checkpoint)}\n`)
  {
    await using file = await open(draft, 'wx', 0o600)
    await file.writeFile(text.join(''))
    await file.sync()
  }
  await rename(draft, path)
}
