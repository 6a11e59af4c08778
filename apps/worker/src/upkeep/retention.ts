import { durationMs, FailureError } from '@stevedore/contract'
import {
  forgetImage,
  type ImageRecord,
  type Ledger,
  listApps,
  listImages,
  listRemovableImages,
  pruneJobs,
  pruneLedger,
  pruneRevisions,
} from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const everyMs = 5 * 60_000
const sweepEveryMs = 10_000
const batch = 1_000
const removeTimeoutMs = 120_000

/** Removes what the specs do not keep: old rows, logs, revisions and images, never an image that a kept revision uses. */
export function startRetention(worker: Worker): Loop {
  return startLoop(worker, {
    name: 'retention',
    intervalMs: everyMs,
    async run() {
      await pruneRows(worker)
      const apps = await listApps(worker.ledger)
      for (const { app, spec } of apps) {
        if (worker.closing.aborted) return false
        // First: what no revision returns to any more spares no image.
        await pruneRevisions(worker.ledger, { app, keep: spec.retain.revisions })
        await removeImages(worker, app, spec.retain.images)
      }
      // Last of all: what no kept revision or image was made by.
      for (const { app, spec } of await listApps(worker.ledger, { retired: true }))
        if (spec.retain.jobs) await removeJobs(worker, app, durationMs(spec.retain.jobs))
      await tidyScans(
        worker,
        apps.flatMap(({ spec: { scan } }) => scan?.image ?? []),
      )
      return false
    },
  })
}

/** In batches, until none was full: a busy day leaves more than one batch in each interval, and what is left over would heap up. */
async function pruneRows({ ledger, closing }: Worker): Promise<void> {
  const prune = async () => Object.values(await pruneLedger(ledger, { limit: batch }))
  while (!closing.aborted && (await prune()).some((removed) => removed >= batch));
}

async function removeJobs({ ledger, closing }: Worker, app: string, keepMs: number): Promise<void> {
  while (!closing.aborted && (await pruneJobs(ledger, { app, keepMs })) > 0);
}

/** A worker may have no engine to build on: then there is nothing of scans either. */
async function tidyScans({ engines, closing }: Worker, tools: readonly string[]): Promise<void> {
  try {
    await engines.images.tidyScans(tools, AbortSignal.any([closing, AbortSignal.timeout(removeTimeoutMs)]))
  } catch (error) {
    if (!(error instanceof FailureError) || error.code !== 'engine-unreachable') throw error
  }
}

async function removeImages({ ledger, engines, closing }: Worker, app: string, keep: number): Promise<void> {
  for (const image of await listRemovableImages(ledger, { app, keep })) {
    if (closing.aborted) return
    const tags = await findOwnTags(ledger, image)
    await engines.images.remove(tags, AbortSignal.any([closing, AbortSignal.timeout(removeTimeoutMs)]))
    await forgetImage(ledger, image)
  }
}

/** A moving tag (`latest-…`) belongs to a newer image by now. */
async function findOwnTags(ledger: Ledger, { app, version, target, tags }: ImageRecord): Promise<string[]> {
  const all = await listImages(ledger, { app })
  const others = all.filter((image) => image.version !== version || image.target !== target)
  const taken = new Set(others.flatMap((image) => image.tags))
  return tags.filter((tag) => !taken.has(tag))
}

/** Removes the temporary folders of workers that are gone. */
export function startSweeper(worker: Pick<Worker, 'workspace' | 'logger' | 'tell' | 'closing'>): Loop {
  return startLoop(worker, {
    name: 'sweeper',
    intervalMs: sweepEveryMs,
    async run() {
      await worker.workspace.sweep()
      return false
    },
  })
}
