import type { JobKind } from '@stevedore/contract'
import { forgetWorker, hastenJobs, listWorkers, reportWorker } from '@stevedore/ledger'
import type { Consumer } from '@stevedore/queue'
import { version } from '@stevedore/telemetry'
import { type Loop, startLoop } from '../upkeep/loop.ts'
import type { Worker } from '../worker.ts'
import { chooseKinds } from './choose-kinds.ts'

const lookMs = 1_000
/** Between two signs of life, where nothing changed. */
const reportMs = 3_000

/**
 * Keeps asking whether what the worker's engines work on answers, tells the other workers, and takes only what can be done here or nowhere.
 * What has come back gets the jobs that wait for it at once.
 */
export function startSiteWatch(worker: Worker, kinds: readonly JobKind[], consumer: Pick<Consumer, 'takeOnly'>): Loop {
  const { ledger, engines, sites, logger, metrics } = worker
  /** Something has come back, and those who wait were not told yet: the ledger may have been away as well. */
  let owesNews = false
  let reportedAtMs = Number.NEGATIVE_INFINITY
  const loop = startLoop(worker, {
    name: 'site-watch',
    intervalMs: lookMs,
    async run() {
      const { returned, left } = await sites.ask(worker.closing)
      const away = sites.listAway()
      for (const site of sites.listNames())
        metrics.sitesAway.set({ site }, away.some((one) => one.site === site) ? 1 : 0)
      for (const { site, reason } of away) if (left.includes(site)) logger.warn({ site, reason }, 'it does not answer')
      for (const site of returned) logger.info({ site }, 'it answers again')
      const isNews = returned.length + left.length > 0 || owesNews
      owesNews ||= returned.length > 0
      if (!isNews && away.length === 0 && performance.now() - reportedAtMs < reportMs) return false
      // One that drains takes nothing more: what waits is not for it.
      const own = worker.isDraining() ? [] : kinds
      const { id, concurrency } = worker
      await reportWorker(ledger, {
        ...{ id, version, concurrency, kinds: own },
        sites: sites.listNames(),
        away: away.map(tell),
      })
      reportedAtMs = performance.now()
      sites.noteOthers(away.length > 0 ? (await listWorkers(ledger)).filter((other) => other.id !== id) : [])
      const taken = chooseKinds(kinds, engines, sites)
      consumer.takeOnly(taken)
      for (const kind of own) metrics.workerTakes.set({ kind }, taken.includes(kind) ? 1 : 0)
      if (owesNews) await hastenJobs(ledger)
      owesNews = false
      return false
    },
  })
  sites.onDoubt(loop.wake)
  return {
    wake: loop.wake,
    async stop() {
      await loop.stop()
      // The others find out by themselves where this cannot be told.
      await forgetWorker(ledger, worker.id).catch(() => {})
    },
  }
}

function tell({ site, since, reason }: { site: string; since: Date; reason: string }) {
  return { site, since, reason }
}
