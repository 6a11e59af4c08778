import { setImmediate as nextTurn } from 'node:timers/promises'

const sliceMs = 10

/** Masks lines a slice at a time: in between the process does what else it has to, such as renewing leases. */
export async function maskLines(
  lines: readonly string[],
  redact: (text: string) => string,
  longestMs = sliceMs,
): Promise<string[]> {
  const shown: string[] = []
  let since = performance.now()
  for (const line of lines) {
    if (performance.now() - since >= longestMs) {
      await nextTurn()
      since = performance.now()
    }
    shown.push(redact(line))
  }
  return shown
}
