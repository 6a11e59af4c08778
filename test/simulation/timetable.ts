import { setTimeout as pause } from 'node:timers/promises'
import { putApp } from '@stevedore/ledger'
import { createRandom } from '../../scripts/soak/random.ts'
import { by, type ClientOptions, callApi } from './send.ts'
import { describeStanding } from './standing.ts'
import { runWithin } from './virtual-time.ts'

/** A schedule of each minute, which a seed declares and some minutes later takes back. */
export interface Timetable {
  overlap: 'skip' | 'allow'
  startMs: number
  forMs: number
  /** By the clock, what was told of it: from when to when it certainly stood, and from when to when it may have. */
  stood: { fromMs: number; untilMs: number }
  mayStand: { fromMs: number; untilMs: number }
}

/** By a chance of its own, as a story. */
export function drawTimetable(seed: number): Timetable | undefined {
  const random = createRandom(seed ^ 0x0071_4d45)
  if (!random.chance(0.04)) return undefined
  const unknown = { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.NEGATIVE_INFINITY }
  return {
    overlap: random.pick(['skip', 'allow'] as const),
    startMs: random.between(0, 5_000),
    forMs: random.between(100_000, 150_000),
    stood: { ...unknown },
    mayStand: { ...unknown },
  }
}

/** @returns resolves when it was taken back */
export async function keepTimetable(options: ClientOptions, timetable: Timetable): Promise<void> {
  const { schedule } = options
  const { overlap, startMs, forMs, stood, mayStand } = timetable
  const report = { at: '* * * * *', command: ['./report'], timeout: '3m', overlap }
  await runWithin(options.process.surroundings, async () => {
    await pause(startMs)
    mayStand.fromMs = schedule.nowMs()
    await declare(options, { schedules: { report } })
    stood.fromMs = schedule.nowMs()
    await pause(forMs)
    stood.untilMs = schedule.nowMs()
    await declare(options, {})
    mayStand.untilMs = schedule.nowMs()
  })
}

async function declare(options: ClientOptions, settings: object): Promise<void> {
  const spec = describeStanding(settings)
  for (;;) {
    const isDone = await callApi(options, ({ ledger }) => putApp(ledger, { spec, by })).then(
      () => true,
      () => false,
    )
    if (isDone) return
    await pause(300)
  }
}
