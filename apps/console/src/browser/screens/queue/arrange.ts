import type { JobKind, JobView, WorkerView } from '@stevedore/contract'
import { jobKinds } from '@stevedore/contract/words'

/** The jobs of one environment, or those of an app that stand in no line. */
export interface Line {
  app: string
  environment: string | null
  /** In the order in which they have their turn; those that wait for approval have no place yet, and come last. */
  jobs: JobView[]
}

/** Each environment's line, then what stands in none: builds, pushes and dry runs. */
export function arrangeLines(jobs: readonly JobView[]): { lines: Line[]; others: JobView[] } {
  const groups = Map.groupBy(jobs.filter(isInLine), ({ app, environment }) => `${app} ${environment}`)
  const lines = [...groups.values()].map((members) => toLine(members))
  const others = jobs.filter((job) => !isInLine(job))
  return {
    lines: lines.sort((a, b) => compareTexts(nameLine(a), nameLine(b))),
    others: others.sort((a, b) => rankState(a) - rankState(b) || compareTexts(a.createdAt, b.createdAt)),
  }
}

/** A dry run changes nothing, so it waits for nobody. */
function isInLine({ environment, request }: JobView): boolean {
  return environment !== null && !(request.kind === 'deploy' && request.dryRun)
}

function toLine(members: JobView[]): Line {
  const [{ app, environment } = { app: '', environment: null }] = members
  const jobs = members.sort((a, b) => rankPlace(a) - rankPlace(b) || compareTexts(a.createdAt, b.createdAt))
  return { app, environment, jobs }
}

function nameLine({ app, environment }: Line): string {
  return `${app} ${environment}`
}

function rankPlace({ state, place, waitingFor }: JobView): number {
  if (state === 'running') return -1
  return waitingFor === 'approval' ? Number.MAX_SAFE_INTEGER : (place ?? 0)
}

function rankState({ state }: JobView): number {
  return state === 'running' ? 0 : state === 'queued' ? 1 : 2
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** How much there is of one kind of job, and who takes it. */
export interface KindLoad {
  kind: JobKind
  queued: number
  running: number
  waiting: number
  /** When the oldest that is ready for a worker was asked for. */
  oldestAt: string | null
  /** Workers that live and take it; null where the token may not know. */
  takers: WorkerView[] | null
}

export function weighKinds(jobs: readonly JobView[], workers: readonly WorkerView[] | null): KindLoad[] {
  return jobKinds.map((kind) => {
    const own = jobs.filter((job) => job.kind === kind)
    const count = (state: JobView['state']) => own.filter((job) => job.state === state).length
    const ready = own.filter(({ state }) => state === 'queued').map(({ createdAt }) => createdAt)
    return {
      kind,
      ...{ queued: count('queued'), running: count('running'), waiting: count('waiting') },
      oldestAt: ready.sort()[0] ?? null,
      takers: workers?.filter(({ live, kinds }) => live && kinds.includes(kind)) ?? null,
    }
  })
}

/** Kinds of which something is ready that no worker takes. */
export function findStuck(loads: readonly KindLoad[]): KindLoad[] {
  return loads.filter(({ queued, takers }) => queued > 0 && takers?.length === 0)
}
