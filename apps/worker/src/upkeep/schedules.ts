import { randomUUID } from 'node:crypto'
import { admitScheduled, readFacts } from '@stevedore/admission'
import { judgeDue } from '@stevedore/domain'
import { type DueSchedule, findDueSchedules, getApp, isLedgerAway, recordTime } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 1_000
const batch = 100

/** Makes of each schedule's time its job. Several workers may find the same one; the ledger lets one of them record it. */
export function startSchedules(worker: Worker): Loop {
  return startLoop(worker, {
    name: 'schedules',
    intervalMs: lookMs,
    async run() {
      const { due, now } = await findDueSchedules(worker.ledger, { limit: batch })
      for (const one of due) await takeUp(worker, one, now)
      return due.length === batch
    },
  })
}

/** What goes wrong with one of them is told, and holds up none behind it. */
async function takeUp(worker: Worker, schedule: DueSchedule, now: Date): Promise<void> {
  try {
    await record(worker, schedule, now)
  } catch (error) {
    if (isLedgerAway(error)) throw error
    worker.logger.error({ err: error, ...schedule }, 'the time of a schedule could not be recorded')
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
