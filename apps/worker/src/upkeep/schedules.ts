import { randomUUID } from 'node:crypto'
import { admitScheduled, readFacts } from '@stevedore/admission'
import { judgeDue } from '@stevedore/domain'
import { type DueSchedule, findDueSchedules, getApp, isLedgerAway, recordTime } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 1_000
const batch = 100
/** Before one that could not be recorded is looked at again: a worker of another release may know what this one does not. */
const retryMs = 60_000

/** Makes of each schedule's time its job. Several workers may find the same one; the ledger lets one of them record it. */
export function startSchedules(worker: Worker): Loop {
  const failing: Failing = new Map()
  return startLoop(worker, {
    name: 'schedules',
    intervalMs: lookMs,
    async run() {
      for (const [key, untilMs] of failing) if (untilMs <= performance.now()) failing.delete(key)
      // Those that fail stay due, and are the oldest: they must not take the places of the others.
      const { due, now } = await findDueSchedules(worker.ledger, { limit: batch + failing.size })
      const fresh = due.filter((one) => !failing.has(nameOf(one))).slice(0, batch)
      for (const one of fresh) await takeUp(worker, failing, one, now)
      return fresh.length === batch
    },
  })
}

/** Until when those are left alone that could not be recorded, by their names. */
type Failing = Map<string, number>

const nameOf = ({ app, environment, name }: DueSchedule) => `${app}/${environment}/${name}`

/** What goes wrong with one of them is told, and holds up none behind it. */
async function takeUp(worker: Worker, failing: Failing, schedule: DueSchedule, now: Date): Promise<void> {
  try {
    await record(worker, schedule, now)
  } catch (error) {
    if (isLedgerAway(error)) throw error
    failing.set(nameOf(schedule), performance.now() + retryMs)
    worker.logger.error(
      { err: error, ...schedule },
      'the time of a schedule could not be recorded; it is tried again in a minute',
    )
  }
}

async function record({ ledger, metrics }: Worker, { dueAt, ...key }: DueSchedule, now: Date): Promise<void> {
  const app = await getApp(ledger, key.app)
  const declared = app?.spec.environments[key.environment]?.schedules?.[key.name]
  if (!app || !declared) return
  const due = judgeDue(declared, { dueAt, now })
  const by = { actor: `schedule:${key.name}`, correlationId: randomUUID() }
  const turn = await admitScheduled(readFacts(ledger, key.app), app, key)
  const outcome = await recordTime(ledger, { ...key, dueAt, due, turn, specVersion: app.specVersion, by })
  if (outcome === undefined) return
  if (due.time) metrics.scheduleTimes.inc({ outcome })
  if (due.missed) metrics.scheduleTimes.inc({ outcome: 'missed' }, due.missed.count)
}
