import type { Trouble } from './pod-trouble.ts'

/** Gives the first trouble that has lasted as long as makes it certain. */
export type TroubleClock = (troubles: readonly Trouble[]) => Trouble | undefined

/** @param now milliseconds on a monotonic clock */
export function createTroubleClock(now = () => performance.now()): TroubleClock {
  let since = new Map<string, number>()
  return (troubles) => {
    const at = now()
    since = new Map(troubles.map(nameTrouble).map((name) => [name, since.get(name) ?? at]))
    return troubles.find((trouble) => at - (since.get(nameTrouble(trouble)) ?? at) >= trouble.afterMs)
  }
}

function nameTrouble({ code, pod }: Trouble): string {
  return `${code} ${pod ?? ''}`
}
