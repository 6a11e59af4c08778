import { appendWatchedLines, endLogWatch, type LogWatch, takeLogWatch } from '@stevedore/ledger'
import { failureOf } from '../attempt/outcome.ts'
import { openEnvironmentRedactor } from '../environment-secrets.ts'
import { openPlace } from '../open-place.ts'
import type { Worker } from '../worker.ts'
import { openLineFeed } from './line-feed.ts'
import { type Loop, startLoop } from './loop.ts'
import { maskLines } from './mask-lines.ts'

const sweepMs = 5_000
const maxWatches = 20
const handOverEveryMs = 250

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
  const askRedactor = openEnvironmentRedactor(worker.ledger, watch)
  const signal = AbortSignal.any([left.signal, worker.closing])
  let failure: string | undefined
  try {
    await pump({ worker, watch, askRedactor, signal, onLeft: () => left.abort() })
  } catch (error) {
    if (!signal.aborted) failure = await explain(error, askRedactor)
  }
  // One that is not ended here is removed by retention.
  await endLogWatch(worker.ledger, { id: watch.id, failure }).catch(() => {})
}

type AskRedactor = ReturnType<typeof openEnvironmentRedactor>

/** What was seen is told only when it could be searched for secrets. */
async function explain(error: unknown, askRedactor: AskRedactor): Promise<string> {
  const { message, diagnosis } = failureOf(error)
  const redactor = await askRedactor().catch(() => undefined)
  return diagnosis && redactor ? redactor.redact(`${message}: ${diagnosis}`) : message
}

interface Pump {
  worker: Worker
  watch: LogWatch
  askRedactor: AskRedactor
  signal: AbortSignal
  onLeft(): void
}

async function pump({ worker, watch, askRedactor, signal, onLeft }: Pump): Promise<void> {
  const place = await openPlace(worker.ledger, watch.app, watch.environment)
  if (!place) return
  const give = async (lines: string[]) => {
    // Asked for when the lines are there: a secret that came meanwhile is known by then.
    const shown = lines.length > 0 ? await maskLines(lines, (await askRedactor()).redact) : []
    if (!(await appendWatchedLines(worker.ledger, { id: watch.id, lines: shown }))) onLeft()
  }
  // Lines that cannot be handed over end the watch. How it ended is told all the same.
  const feed = openLineFeed({ everyMs: handOverEveryMs, give, onLost: onLeft })
  try {
    const { follow, tailLines } = watch
    const engine = worker.engines.deploy[place.settings.engine]
    const options = { follow, tailLines, process: watch.process ?? undefined }
    // The ledger keeps no NUL: what it leaves is what is to be masked.
    for await (const line of engine.logs(place, options, signal)) feed.add(line.replaceAll('\0', ''))
  } finally {
    await feed.end()
  }
}
