import { readFile } from 'node:fs/promises'

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

/** Measures each in turn, A B A B, so that all meet the same machine. @returns what each gave, turn by turn */
export async function takeTurns<K extends string, T>(
  turns: number,
  contestants: Record<K, (turn: number) => Promise<T>>,
): Promise<Record<K, T[]>> {
  const names = Object.keys(contestants) as K[]
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>
  for (let turn = 0; turn < turns; turn++) for (const name of names) results[name].push(await contestants[name](turn))
  return results
}

/** What the largest of these processes keeps in memory. */
export async function readMemoryMiB(pids: readonly number[]): Promise<number> {
  const pagesPerMiB = 256
  const resident = pids.map(async (pid) => Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]))
  return Math.max(...(await Promise.all(resident))) / pagesPerMiB
}
