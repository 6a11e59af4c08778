import { FailureError, type JobKind } from '@stevedore/contract'
import { type Site, withinMs } from '@stevedore/engine'
import type { Absence, WorkerRecord } from '@stevedore/ledger'
import type { Engines } from '../engines.ts'

/** A site that does not answer, as this worker found it. */
export interface Away extends Absence {
  failure: FailureError
}

/** What the worker's engines work on, as it was last found to answer or not, and what other workers tell of theirs. */
export interface Sites {
  listNames(): string[]
  listAway(): Away[]
  /** Asks those that are due whether they answer. Gives the names of those that do again. */
  ask(signal: AbortSignal): Promise<{ returned: string[]; left: string[] }>
  /** Something did not answer: all are asked at once. */
  doubt(): void
  /** Hears of doubts. */
  onDoubt(listener: () => void): void
  /** What the others that live told of themselves last. */
  noteOthers(others: readonly WorkerRecord[]): void
  /** Whether another worker that lives can do this kind of work on all of these. */
  canOthers(kind: JobKind, names: readonly string[]): boolean
}

/** A site that answers is asked this often. */
const restMs = 5_000
const answerMs = 3_000
/** One that says nothing at all may just be busy; one whose connection is refused is not there. */
const silences = 3

/** One site's state: of the monotonic clock but for what is shown. */
interface State {
  askedAtMs: number
  silences: number
  away: Away | undefined
}

/** @param kinds that the worker takes: one that builds nothing needs no engine to build on */
export function openSites(engines: Engines, kinds: readonly JobKind[]): Sites {
  const states = new Map<string, State>()
  let isDoubted = false
  let tellDoubt = () => {}
  let others: readonly WorkerRecord[] = []
  const listAway = () => [...states.values()].flatMap(({ away }) => (away ? [away] : []))

  return {
    listNames: () => listSites(engines, kinds).map(({ name }) => name),
    listAway,
    async ask(signal) {
      const sites = listSites(engines, kinds)
      const before = new Set(listAway().map(({ site }) => site))
      const isDue = ({ name }: Site) => isDoubted || mustBeAsked(states.get(name))
      const due = sites.filter(isDue)
      isDoubted = false
      await Promise.all(
        due.map(async (site) => states.set(site.name, await askSite(site, states.get(site.name), signal))),
      )
      const after = new Set(listAway().map(({ site }) => site))
      return {
        returned: [...before].filter((name) => !after.has(name)),
        left: [...after].filter((name) => !before.has(name)),
      }
    },
    doubt() {
      isDoubted = true
      tellDoubt()
    },
    onDoubt(listener) {
      tellDoubt = listener
    },
    noteOthers(told) {
      others = told
    },
    canOthers: (kind, names) =>
      others.some(({ kinds, sites, away }) => {
        const absent = new Set(away.map(({ site }) => site))
        return kinds.includes(kind) && names.every((name) => sites.includes(name) && !absent.has(name))
      }),
  }
}

/** Each once: what the worker builds on, apps may run on as well. */
function listSites({ images, deploy }: Engines, kinds: readonly JobKind[]): Site[] {
  const builds = kinds.includes('build') || kinds.includes('push')
  const deploys = kinds.some((kind) => kind !== 'build' && kind !== 'push')
  const all = [
    ...(builds ? [images.site] : []),
    ...(deploys ? Object.values(deploy).flatMap((engine) => engine.listSites()) : []),
  ]
  return [...new Map(all.toReversed().map((site) => [site.name, site])).values()].reverse()
}

function mustBeAsked(state: State | undefined): boolean {
  return !state || state.away !== undefined || state.silences > 0 || performance.now() - state.askedAtMs >= restMs
}

async function askSite(site: Site, before: State | undefined, signal: AbortSignal): Promise<State> {
  const askedAtMs = performance.now()
  const ends = withinMs(answerMs, signal)
  try {
    await site.ping(ends)
    return { askedAtMs, silences: 0, away: undefined }
  } catch (error) {
    const silent = (before?.silences ?? 0) + 1
    if (signal.aborted || (ends.aborted && silent < silences))
      return { askedAtMs, silences: silent, away: before?.away }
    const failure = describe(error, ends.aborted)
    const since = before?.away?.since ?? new Date()
    const away = { site: site.name, since, reason: failure.diagnosis ?? failure.message, failure }
    return { askedAtMs, silences: silent, away }
  }
}

function describe(error: unknown, isSilent: boolean): FailureError {
  if (!isSilent && error instanceof FailureError) return error
  const reason = isSilent ? `no answer within ${answerMs / 1_000} s` : String(error)
  return new FailureError('engine-unreachable', { diagnosis: reason, cause: error })
}
