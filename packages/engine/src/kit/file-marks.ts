import { createHash } from 'node:crypto'
import type { PlacedFile } from '@stevedore/contract'

/** How much of a file's beginning is shown: in characters. */
const shownLength = 60

/**
 * What is told of a file's content where all of it would be too much, `"hello\n" (6 bytes, sha256 5891b5b522d5)`: how it begins, and enough
 * to see that it is another.
 */
export function markContent(content: Buffer): string {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12)
  return `${showBeginning(content)} (${content.length} bytes, sha256 ${digest})`
}

/** In JSON, since a file may have lines and worse; a character that nobody sees, or that moves others, is not shown as itself. */
function showBeginning(content: Buffer): string {
  const text = content.subarray(0, 4 * shownLength).toString('utf8')
  const shown = JSON.stringify(text.slice(0, shownLength)).replace(/\p{C}/gu, '\ufffd')
  return text.length > shownLength || content.length > 4 * shownLength ? `${shown}…` : shown
}

/**
 * The name of a file where no name has a slash, in a volume or a ConfigMap: `app_.config.json` for `/app/config.json`. No two paths share
 * one.
 */
export function nameFileKey({ path }: Pick<PlacedFile, 'path'>): string {
  return path.slice(1).replaceAll('_', '__').replaceAll('/', '_.')
}
