import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Point as WorkerPoint } from '@stevedore/worker'

/** A place in an engine's work at which a worker can be held: before each effect, and after it. */
export type Point =
  | ('build' | 'built' | 'push' | 'pushed')
  | ('scale-up' | 'scaled-up' | 'route' | 'routed' | 'scale-down' | 'scaled-down' | 'finalize' | 'finalized')
  | ('make-command' | 'made-command' | 'begin-command' | 'begun-command' | 'clear' | 'cleared')
  /** No effect, and no job's: its hold is for an app. */
  | 'observe'
  /** The product's own: around what it writes to the ledger. */
  | WorkerPoint

/** What a deed changed of a running app. */
export type Effect = { app: string } & ({ revision: number; count: number } | { weights: Record<number, number> })

/** What one attempt did, as it wrote it down at that moment: such a line survives the worker. */
export interface Deed {
  what: 'reached' | 'did' | 'refused'
  point: Point
  jobId: string
  attempt: number
  /** Of the worker. */
  pid: number
  /** Of what was done: when its fence was asked. The clock is that of the one machine. */
  askedAt?: number
  effect?: Effect
}

/**
 * What happens to a worker that comes by: it waits like an engine that heeds its signal, it waits like one that heeds none, it blocks its whole
 * process, or it takes it down.
 */
export type Hold = 'heedful' | 'heedless' | 'blocking' | 'deadly'

/** Whom a hold is for; for everybody when nothing is said. */
export interface Whom {
  jobId?: string
  attempt?: number
}

const lookEveryMs = 20

/**
 * Files in a folder that workers and their test share: the holds that the test has set, and the deeds that it can read.
 * @param pauseMs up to which each point takes by itself, at random, so that faults of all kinds meet work of all kinds
 */
export function openScript(dir: string, { pauseMs = 0 } = {}) {
  mkdirSync(dir, { recursive: true })
  const deedsFile = join(dir, 'deeds')
  const absenceFile = join(dir, 'engines-away')
  const holdFile = (point: Point, { jobId = 'any', attempt = 0 }: Whom) => join(dir, `${point}.${jobId}.${attempt}`)

  function findHold(point: Point, { jobId, attempt }: Required<Whom>): Hold | undefined {
    const files = [{}, { jobId }, { attempt }, { jobId, attempt }].map((whom) => holdFile(point, whom))
    const file = files.find((path) => existsSync(path))
    // It may be lifted between the two looks.
    return file && (read(file) as Hold | '') ? (read(file) as Hold) : undefined
  }

  function note(deed: Omit<Deed, 'pid'>): void {
    appendFileSync(deedsFile, `${JSON.stringify({ ...deed, pid: process.pid })}\n`)
  }

  const deeds = (): Deed[] =>
    read(deedsFile)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))

  return {
    note,
    deeds,
    /** Reads only what came since the last time, and hands it on: so what follows for hours keeps nothing. */
    follow(take: (deed: Deed) => void): () => void {
      let offset = 0
      return () => {
        const text = readOn(deedsFile, offset)
        const whole = text.slice(0, text.lastIndexOf('\n') + 1)
        offset += Buffer.byteLength(whole)
        for (const line of whole.split('\n').slice(0, -1)) take(JSON.parse(line))
      }
    },
    /** The attempts of a job that had this effect, in order. */
    attemptsThat: (did: Point, jobId: string) =>
      deeds()
        .filter((deed) => deed.what === 'did' && deed.point === did && deed.jobId === jobId)
        .map(({ attempt }) => attempt),
    /** Goes by a point, where it stays for as long as a hold is set. Rejects with the signal's reason where the hold heeds it. */
    async pass(point: Point, whom: Required<Whom>, signal: AbortSignal): Promise<void> {
      note({ what: 'reached', point, ...whom })
      if (pauseMs > 0) await linger(Math.random() * pauseMs, signal)
      for (let hold = findHold(point, whom); hold; hold = findHold(point, whom)) {
        if (hold === 'deadly') process.kill(process.pid, 'SIGKILL')
        if (hold === 'heedful') signal.throwIfAborted()
        if (hold === 'blocking') block(lookEveryMs)
        else await pause(lookEveryMs)
      }
    },
    hold: (point: Point, how: Hold = 'heedful', whom: Whom = {}) => writeFileSync(holdFile(point, whom), how),
    lift: (point: Point, whom: Whom = {}) => rmSync(holdFile(point, whom), { force: true }),
    /** For all workers: nothing of the engines answers until `returnEngines`. What was begun there stays. */
    loseEngines: () => writeFileSync(absenceFile, ''),
    returnEngines: () => rmSync(absenceFile),
    areEnginesAway: () => existsSync(absenceFile),
  }
}

/** One of five heeds no signal. */
async function linger(ms: number, signal: AbortSignal): Promise<void> {
  const isHeedless = Math.random() < 0.2
  await pause(ms, undefined, isHeedless ? {} : { signal }).catch(() => signal.throwIfAborted())
}

/** Nothing else of this thread runs meanwhile. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

export type Script = ReturnType<typeof openScript>

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** From `offset` on. Only whole characters are written, each deed at once. */
function readOn(path: string, offset: number): string {
  if (!existsSync(path)) return ''
  const buffer = Buffer.alloc(Math.max(0, statSync(path).size - offset))
  const file = openSync(path, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, offset))
  } finally {
    closeSync(file)
  }
}
