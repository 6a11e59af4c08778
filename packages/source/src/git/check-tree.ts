import { type SourceLimits, tooLarge } from '../limits.ts'
import { listTreeArguments } from './arguments.ts'
import type { GitSession } from './session.ts'

/**
 * Counts the files of the fetched commit and their sizes before any is written: a few kilobytes of a repository can stand for
 * more files than a disk has room for.
 * @throws FailureError `repo-too-large`
 */
export async function checkTree(
  session: GitSession,
  repository: string,
  limits: SourceLimits,
  log: (line: string) => void,
): Promise<void> {
  const count = countTree(limits)
  await session.streamLocal(listTreeArguments(repository), (chunk) => count.take(chunk.toString('latin1')))
  if (count.total.submodules > 0) log(`${count.total.submodules} submodules are left out: they are not fetched`)
}

/** Takes the records of `ls-tree -l -z`: `MODE TYPE HASH SIZE<tab>PATH`, split anywhere. */
export function countTree(limits: Pick<SourceLimits, 'maxBytes' | 'maxFiles'>) {
  const total = { files: 0, bytes: 0, submodules: 0 }
  let rest = ''
  return {
    total,
    take(text: string): void {
      const records = (rest + text).split('\0')
      rest = records.pop() ?? ''
      for (const record of records) countRecord(record, total)
      if (total.files > limits.maxFiles) throw tooLarge(`more than ${limits.maxFiles} files`)
      if (total.bytes > limits.maxBytes) throw tooLarge(`files of more than ${limits.maxBytes} bytes`)
    },
  }
}

function countRecord(record: string, total: { files: number; bytes: number; submodules: number }): void {
  const [, type, , size] = record.slice(0, record.indexOf('\t')).split(/ +/)
  if (type === 'commit') total.submodules += 1
  total.files += 1
  total.bytes += Number(size) || 0
}
