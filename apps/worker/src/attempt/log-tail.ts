/** In characters: where a build fails, its last words say why. */
const keptLength = 256 * 1024

/** The last lines of a log that is longer than it may be. */
export interface LogTail {
  add(text: string): void
  /** They, and how many lines before them are left out. */
  take(): string
}

export function openLogTail(): LogTail {
  let [kept, leftOut] = ['', 0]

  function trim(): void {
    if (kept.length <= keptLength) return
    const start = kept.indexOf('\n', kept.length - keptLength) + 1
    leftOut += countLines(kept.slice(0, start))
    kept = kept.slice(start)
  }

  return {
    add(text) {
      kept += text
      if (kept.length > 2 * keptLength) trim()
    },
    take() {
      trim()
      const taken = leftOut > 0 ? `[${leftOut} lines are left out here]\n${kept}` : kept
      ;[kept, leftOut] = ['', 0]
      return taken
    },
  }
}

export const countLines = (text: string) => text.split('\n').length - 1
