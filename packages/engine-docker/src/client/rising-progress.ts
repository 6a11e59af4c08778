/** Hands a fraction on only when it has risen by a hundredth or reached the end: output comes in thousands of lines. */
export function reportRises(report: (fraction: number) => void): (fraction: number) => void {
  let last = 0
  return (fraction) => {
    if (fraction < last + 0.01 && !(fraction === 1 && last < 1)) return
    last = fraction
    report(fraction)
  }
}
