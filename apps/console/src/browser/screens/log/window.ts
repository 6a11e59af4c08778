/** The height of a line in pixels, as the stylesheet has it. */
export const rowPx = 20
/** Browsers end somewhere above this: of a longer log a pixel stands for more. */
const highestPx = 8_000_000
/** Lines beyond those that are seen, so that a quick scroll shows no gap. */
const spare = 4

export interface Window {
  /** How high all lines are together. */
  wholePx: number
  first: number
  end: number
  /** Where the first of them stands. */
  topPx: number
}

/** Which lines are seen. @param scrollPx how far it is scrolled @param heightPx how much of it is seen */
export function chooseWindow(count: number, scrollPx: number, heightPx: number): Window {
  const wholePx = Math.min(count * rowPx, highestPx)
  const mostPx = Math.max(0, wholePx - heightPx)
  const seen = heightPx / rowPx
  const part = mostPx === 0 ? 0 : Math.min(1, Math.max(0, scrollPx / mostPx))
  const exact = part * Math.max(0, count - seen)
  const first = Math.max(0, Math.floor(exact) - spare)
  return {
    wholePx,
    first,
    end: Math.min(count, Math.ceil(exact + seen) + spare),
    topPx: Math.max(0, Math.min(scrollPx, mostPx) - (exact - first) * rowPx),
  }
}

/** How far to scroll for a line to stand in the middle. */
export function scrollTo(line: number, count: number, heightPx: number): number {
  const mostPx = Math.max(0, Math.min(count * rowPx, highestPx) - heightPx)
  const hidden = count - heightPx / rowPx
  return hidden <= 0 ? 0 : Math.min(1, Math.max(0, (line - heightPx / rowPx / 2) / hidden)) * mostPx
}

/** Where the same lines stand once there are more: of a long log a pixel then stands for more of them. */
export function keepPlace(scrollPx: number, counts: { from: number; to: number }, heightPx: number): number {
  const most = (count: number) => Math.max(0, Math.min(count * rowPx, highestPx) - heightPx)
  const hidden = (count: number) => Math.max(0, count - heightPx / rowPx)
  if (most(counts.from) === 0 || hidden(counts.to) === 0) return scrollPx
  return (((scrollPx / most(counts.from)) * hidden(counts.from)) / hidden(counts.to)) * most(counts.to)
}
