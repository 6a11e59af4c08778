import type { Trouble } from './pod-trouble.ts'

/** Gives the first trouble that has lasted as long as makes it certain. */
export type TroubleClock = (troubles: readonly Trouble[]) => Trouble | undefined

/**
 * @param tell hears once what a trouble waits for, where something is on its way
 * @param now milliseconds on a monotonic clock
 */
export function createTroubleClock(
  tell: (line: string) => void = () => {},
  now = () => performance.now(),
): TroubleClock {
  let since = new Map<string, number>()
  const told = new Set<string>()
  return (troubles) => {
    const at = now()
    for (const line of troubles.flatMap(describeWait)) {
      if (!told.has(line)) tell(line)
      told.add(line)
    }
    since = new Map(troubles.map(nameTrouble).map((name) => [name, since.get(name) ?? at]))
    return troubles.find((trouble) => at - (since.get(nameTrouble(trouble)) ?? at) >= trouble.afterMs)
  }
}

function describeWait({ pod, awaits }: Trouble): string[] {
  return awaits === undefined ? [] : [`pod ${pod} waits for a node: ${awaits}`]
}

/** One that waits for help, and one that does not, are two: what was waited for does not count against it later. */
function nameTrouble({ code, pod, awaits }: Trouble): string {
  return `${code} ${pod ?? ''}${awaits === undefined ? '' : ' waits'}`
}
