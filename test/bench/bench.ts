import type { Component } from '@stevedore/testkit'

/** One part of `npm run bench`. */
export interface Bench {
  /** What `npm run bench NAME` calls it. */
  name: string
  title: string
  components: Component[]
  /** Rows of a table: column to what is shown. */
  run(): Promise<Record<string, number>[]>
}

/** The value below which `fraction` of them lie. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

export async function measureMs(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

export const showMs = (ms: number) => Number(ms.toFixed(ms < 10 ? 1 : 0))
