import type { Random } from '../../scripts/soak/random.ts'
import { awaitQuiet, runWithin, type Surroundings } from './virtual-time.ts'

/** A process of the simulation: what it does comes in turns. */
export interface Process {
  name: string
  /** False once it was killed: nothing of it goes on, and no answer reaches it. */
  isAlive: boolean
  /** Stopped, as by SIGSTOP, until then. */
  stoppedUntilMs: number
  surroundings: Surroundings
}

/** What somebody is about to do. */
interface Turn {
  process: Process
  /** In words, for who reads the trace. */
  what: string
  take(): unknown
}

interface Timer extends Turn {
  dueMs: number
  seq: number
}

/** When the clock of a simulation begins; any moment will do. */
const newYearMs = Date.UTC(2026, 0, 1)
/** What a loop of the upkeep waits between two looks; on a slow machine longer, which here is drawn and saves turns. */
const loopPausesMs = new Set([500, 1_000, 2_000])

/**
 * Whose turn it is, by the seed. One thing happens at a time: between two turns everybody has come as far as to its next one, so that the
 * same seed gives the same turns.
 * @param afterMs so long after the full hour it begins
 */
export function openSchedule(random: Random, afterMs = 0) {
  const startMs = newYearMs + afterMs
  let nowMs = startMs
  let seq = 0
  const ready: Turn[] = []
  let timers: Timer[] = []
  const held: Promise<unknown>[] = []
  const trace: string[] = []
  let onTime: () => Promise<void> = async () => {}

  const isAble = ({ process }: Turn) => process.isAlive && process.stoppedUntilMs <= nowMs

  function startTimer(process: Process, ms: number, ring: () => void): () => void {
    const late = loopPausesMs.has(ms) ? random.between(1, 20) : 1
    seq += 1
    const timer = { process, what: 'timer', dueMs: nowMs + Math.max(0, ms) * late, seq, take: ring }
    timers.push(timer)
    return () => {
      const at = timers.indexOf(timer)
      if (at >= 0) timers.splice(at, 1)
      const readyAt = ready.indexOf(timer)
      if (readyAt >= 0) ready.splice(readyAt, 1)
    }
  }

  function ringTimers(): void {
    const due = timers.filter(({ dueMs }) => dueMs <= nowMs)
    if (due.length === 0) return
    timers = timers.filter(({ dueMs }) => dueMs > nowMs)
    ready.push(...due.toSorted((a, b) => a.dueMs - b.dueMs || a.seq - b.seq))
  }

  async function moveTo(ms: number): Promise<void> {
    nowMs = Math.max(nowMs, Math.ceil(ms))
    ringTimers()
    await onTime()
  }

  function findNextMs(): number | undefined {
    const waking = ready.map(({ process }) => process).filter(({ isAlive }) => isAlive)
    const moments = [
      ...timers
        .filter(({ process }) => process.isAlive)
        .map(({ dueMs, process }) => Math.max(dueMs, process.stoppedUntilMs)),
      ...waking.map(({ stoppedUntilMs }) => stoppedUntilMs),
    ]
    return moments.length > 0 ? Math.min(...moments) : undefined
  }

  async function awaitHeld(): Promise<void> {
    await awaitQuiet()
    while (held.length > 0) {
      await Promise.allSettled(held.splice(0))
      await awaitQuiet()
    }
  }

  return {
    trace,
    nowMs: () => nowMs,
    sinceStartMs: () => nowMs - startMs,
    openProcess(name: string): Process {
      const process: Process = {
        name,
        isAlive: true,
        stoppedUntilMs: 0,
        surroundings: {
          nowMs: () => nowMs - startMs,
          draw: () => random.between(0, 1),
          startTimer: (ms, ring) => startTimer(process, ms, ring),
        },
      }
      return process
    },
    startTimer,
    isPending: (what: string) => ready.some((turn) => turn.what === what),
    addTurn: (turn: Turn) => void ready.push(turn),
    /** Nobody has a turn before this is over. */
    hold: (work: Promise<unknown>) => void held.push(work.catch(() => {})),
    onTime(listener: typeof onTime) {
      onTime = listener
    },
    note: (line: string) => void trace.push(`${((nowMs - startMs) / 1_000).toFixed(3)} ${line}`),
    /** @returns false when nobody can do anything before the clock moves on */
    async takeTurn(): Promise<boolean> {
      await awaitHeld()
      if (random.chance(0.04)) await moveTo(nowMs + random.between(1, 400))
      const able = ready.filter(isAble)
      if (able.length === 0) return false
      const turn = random.pick(able)
      ready.splice(ready.indexOf(turn), 1)
      if (turn.what !== 'timer')
        trace.push(`${((nowMs - startMs) / 1_000).toFixed(3)} ${turn.process.name} ${turn.what}`)
      await runWithin(turn.process.surroundings, () => turn.take())
      await awaitHeld()
      return true
    },
    /** Lets time pass until somebody can do something. @returns false when nobody ever will */
    async passTime(): Promise<boolean> {
      const next = findNextMs()
      if (next === undefined) return false
      await moveTo(next)
      return true
    },
    forget(process: Process): void {
      process.isAlive = false
      timers = timers.filter((timer) => timer.process !== process)
      for (let at = ready.length - 1; at >= 0; at--) if (ready[at]?.process === process) ready.splice(at, 1)
    },
  }
}

export type Schedule = ReturnType<typeof openSchedule>
