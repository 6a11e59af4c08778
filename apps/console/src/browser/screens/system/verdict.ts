import { formatClock } from '../../parts/time.ts'
import type { System } from './load.ts'
import { listSites } from './sites.ts'

interface Verdict {
  tone: 'good' | 'wait' | 'bad'
  sentence: string
}

/** Whether the service is well, in one sentence. */
export function judgeSystem({ ready, workers }: Pick<System, 'ready' | 'workers'>): Verdict {
  const bad = [...tellReady(ready), ...tellWorkers(workers)]
  const wait = [
    ...(ready?.transport === 'away' ? ['the transport is away: work is taken, and waits'] : []),
    ...tellAway(workers),
  ]
  const said = [...bad, ...wait]
  const sentence = said.length > 0 ? said.join('; ') : 'all parts that can be seen answer'
  return {
    tone: bad.length > 0 ? 'bad' : wait.length > 0 ? 'wait' : 'good',
    sentence: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
  }
}

function tellReady(ready: System['ready']): string[] {
  if (ready === null) return ['the server does not say whether it is ready']
  return [
    ...(ready.ledger === 'away' ? ['the ledger is away: nothing is taken'] : []),
    ...(ready.migrations === 'missing' ? ['the ledger lacks migrations: stevedore migrate'] : []),
  ]
}

function tellWorkers(workers: System['workers']): string[] {
  if (workers === null) return []
  if (!workers.some(({ live }) => live)) return ['no worker lives, so nothing is begun: stevedore worker']
  return workers
    .filter(({ live }) => !live)
    .map(({ id, seenAt }) => `worker ${id} is lost since ${formatClock(seenAt)}`)
}

function tellAway(workers: System['workers']): string[] {
  return listSites(workers ?? [])
    .filter(({ away }) => away.length > 0)
    .map(({ name }) => `${name} does not answer`)
}
