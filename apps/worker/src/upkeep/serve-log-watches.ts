import { appendWatchedLines, endLogWatch, type LogWatch, takeLogWatch } from '@stevedore/ledger'
import { failureOf } from '../attempt/outcome.ts'
import { openPlace } from '../open-place.ts'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const sweepMs = 5_000
const maxWatches = 20
const handOverEveryMs = 250
/** Lines held for one hand-over; a louder app loses the oldest rather than the worker its memory, and that is said. */
const maxHeldLines = 5_000

/** Serves readers of running apps' output. They come without a job, are cut off at any time and hold nothing up. */
export async function startLogServer(worker: Worker): Promise<Loop> {
  const serving = new Set<Promise<void>>()
  const loop = startLoop(worker, {
    name: 'log-server',
    intervalMs: sweepMs,
    async run() {
      if (serving.size >= maxWatches) return false
      const watch = await takeLogWatch(worker.ledger, worker.id)
      if (!watch) return false
      const served = serve(worker, watch).finally(() => serving.delete(served))
      serving.add(served)
      return true
    },
  })
  const unlisten = await worker.ledger.listen('stevedore_watch', () => loop.wake())
  return {
    wake: loop.wake,
    async stop() {
      unlisten()
      await loop.stop()
    },
  }
}

async function serve(worker: Worker, watch: LogWatch): Promise<void> {
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, worker.closing])
  let failure: string | undefined
  try {
    await pump(worker, watch, signal, () => left.abort())
  } catch (error) {
    if (!signal.aborted) failure = explain(error)
  }
  // One that is not ended here is removed by retention.
  await endLogWatch(worker.ledger, { id: watch.id, failure }).catch(() => {})
}

function explain(error: unknown): string {
  const { message, diagnosis } = failureOf(error)
  return diagnosis ? `${message}: ${diagnosis}` : message
}

async function pump(worker: Worker, watch: LogWatch, signal: AbortSignal, onLeft: () => void): Promise<void> {
  const place = await openPlace(worker.ledger, watch.app, watch.environment)
  if (!place) return
  let [held, leftOut]: [string[], number] = [[], 0]
  const handOver = async () => {
    const lines = leftOut > 0 ? [`stevedore: ${leftOut} lines were left out`, ...held] : held
    ;[held, leftOut] = [[], 0]
    if (!(await appendWatchedLines(worker.ledger, { id: watch.id, lines }))) onLeft()
  }
  // Lines that cannot be handed over end the watch.
  const timer = setInterval(() => void handOver().catch(() => onLeft()), handOverEveryMs)
  try {
    const { follow, tailLines } = watch
    for await (const line of worker.engines.deploy[place.settings.engine].logs(place, { follow, tailLines }, signal)) {
      held.push(line)
      if (held.length <= maxHeldLines) continue
      held.shift()
      leftOut += 1
    }
  } finally {
    clearInterval(timer)
    // The last lines of a watch that ends: how it ended is told all the same.
    await handOver().catch(() => {})
  }
}
