import { type SourceLimits, tooLarge } from '../limits.ts'
import { listTreeArguments } from './arguments.ts'
import type { GitSession } from './session.ts'

/** What a commit's tree holds. */
export interface TreeTotal {
  files: number
  bytes: number
  /** Where another repository belongs. */
  links: { path: string; commit: string }[]
  /** Paths of `.gitattributes`. */
  attributes: string[]
}

/**
 * Counts the files of the fetched commit and their sizes before any is written: a few kilobytes of a repository can stand for
 * more files than a disk has room for.
 * @throws FailureError `repo-too-large`
 */
export async function checkTree(
  session: GitSession,
  repository: string,
  limits: Pick<SourceLimits, 'maxBytes' | 'maxFiles'>,
): Promise<TreeTotal> {
  const count = countTree(limits)
  await session.streamLocal(listTreeArguments(repository), (chunk) => count.take(chunk.toString('latin1')))
  return count.total
}

/** Takes the records of `ls-tree -l -z`: `MODE TYPE HASH SIZE<tab>PATH`, split anywhere. */
export function countTree(limits: Pick<SourceLimits, 'maxBytes' | 'maxFiles'>) {
  const total: TreeTotal = { files: 0, bytes: 0, links: [], attributes: [] }
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

function countRecord(record: string, total: TreeTotal): void {
  const [head = '', latin = ''] = record.split(/\t(.*)/s)
  const [, type, commit = '', size] = head.split(/ +/)
  if (type === 'commit') total.links.push({ path: Buffer.from(latin, 'latin1').toString(), commit })
  else if (/(^|\/)\.gitattributes$/.test(latin)) total.attributes.push(Buffer.from(latin, 'latin1').toString())
  total.files += 1
  total.bytes += Number(size) || 0
}
