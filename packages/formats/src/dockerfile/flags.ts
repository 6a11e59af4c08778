import type { Instruction } from './instructions.ts'

/** The instructions whose flags have a builder fetch something, or grant something. */
const flagged = new Set(['FROM', 'RUN', 'COPY', 'ADD'])

/**
 * Why the flags of an instruction may mean something else to a builder; undefined where they are plain. Builders end a flag by rules of
 * their own: at single bytes that are spaces in Latin-1, not at a space after `\`, whatever the escape mark of the file.
 */
export function findOddFlags({ name, flags, flagText, rest }: Instruction): string | undefined {
  if (!flagged.has(name)) return undefined
  if (/[^\t\x20-\x7e]/.test(flagText) || rest.startsWith('\ufffd')) return 'its flags hold more than ASCII'
  if (/[\\`]/.test(flagText)) return 'its flags hold an escape mark'
  if (!/^(?:[^"']|"[^"']*"|'[^"']*')*$/.test(flagText)) return 'its flags hold a quote within a quote, or an open one'
  if (rest.startsWith('--') || flags.some((flag) => !/^--[a-z][a-z-]*(=|$)/i.test(flag)))
    return 'its flags have no name'
  const bare = flags.find((flag) => /^--(from|mount)$/i.test(flag))
  return bare && `${bare} needs a value`
}

/** What COPY --from and RUN --mount=from= take files from: names of stages and images. Of several, builders take the last. */
export function listOrigins(flags: readonly string[]): string[] {
  return flags.flatMap((flag) => {
    const [name = '', value = ''] = flag.split(/=(.*)/s)
    if (name.toLowerCase() === '--from') return value === '' ? [] : [value]
    return value.split(',').flatMap((field) => /^\s*from\s*=(.+)$/is.exec(field)?.[1] ?? [])
  })
}
