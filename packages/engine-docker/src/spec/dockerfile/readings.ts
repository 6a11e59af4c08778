import type { Reading } from '@stevedore/formats'

/** All the ways in which some builder takes a text. */
export function listReadings(text: string): Reading[] {
  return listEscapeMarks(text).flatMap((escapeMark) =>
    (['skip', 'read'] as const).flatMap((heredocs) =>
      (['continues', 'ends'] as const).map((doubled) => ({ heredocs, escapeMark, doubled })),
    ),
  )
}

/** Builders agree on a directive that is the first line and the only one; of any other they differ in whether it counts. */
function listEscapeMarks(text: string): string[] {
  const named = text.match(/^.*escape[ \t]*=.*$/gim) ?? []
  if (!named.some((line) => line.includes('`'))) return ['\\']
  const isPlain = named.length === 1 && /^#[ \t]*escape[ \t]*=[ \t]*`[ \t]*\r?\n/i.test(text)
  return isPlain ? ['`'] : ['\\', '`']
}
