import { ask, send } from '../../api/client.ts'
import { toRefusal } from '../../api/problem.ts'
import { redraw } from '../../store.ts'
import type { LogModel } from './model.ts'
import { keepWhole } from './whole-letters.ts'

const againMs = 2_000
/** What a log is opened with: more than anybody sees at once, and little to wait for. */
const tailLines = 5_000

/** Reads the output from its last lines on until the job has ended, and from where it was left when that breaks off. */
export async function followOutput(id: string, model: LogModel, signal: AbortSignal): Promise<void> {
  let wasOver = false
  await readUntilDone(model, signal, async (signal) => {
    for (;;) {
      const from = model.output.size()
      await readOn(id, model, signal)
      // An answer ends with the server as well: it was the last where the job was over before it, and it brought nothing.
      model.isComplete = wasOver && model.output.size() === from
      if (model.isComplete) return true
      wasOver = (await ask('getJob', { params: { id }, signal })).finishedAt !== null
      if (!wasOver) return false
    }
  })
}

async function readOn(id: string, model: LogModel, signal: AbortSignal): Promise<void> {
  const { output } = model
  const from = output.hasBegun() ? `offset=${output.size()}` : `tail=${tailLines}`
  const response = await open(id, `follow=1&${from}`, signal)
  if (!output.hasBegun()) output.begin(readStart(response))
  for await (const bytes of keepWhole(readPieces(response))) {
    model.fault = undefined
    output.add(bytes)
    redraw()
  }
}

/** Reads what is before the lines that the log was opened with. */
export async function readEarlier(id: string, model: LogModel, signal: AbortSignal): Promise<void> {
  const { output } = model
  await readUntilDone(model, signal, async (signal) => {
    const response = await open(id, `offset=${output.gap()?.from ?? 0}`, signal)
    for await (const bytes of keepWhole(readPieces(response))) {
      model.fault = undefined
      output.fill(bytes)
      redraw()
      if (!output.gap()) return true
    }
    return false
  })
}

function open(id: string, query: string, signal: AbortSignal): Promise<Response> {
  return send(`/v1/jobs/${encodeURIComponent(id)}/logs?${query}`, { headers: { accept: 'text/plain' }, signal })
}

function readStart({ headers }: Response) {
  const number = (name: string) => Number(headers.get(name) ?? 0)
  return { offset: number('stevedore-log-offset'), line: number('stevedore-log-line') }
}

async function* readPieces({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  try {
    for (;;) {
      const piece = await reader?.read()
      if (!piece || piece.done) return
      yield piece.value
    }
  } finally {
    await reader?.cancel().catch(() => {})
  }
}

/** Tries again until `read` says that it is done; not while nobody looks. */
async function readUntilDone(
  model: LogModel,
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<boolean>,
): Promise<void> {
  for (let isDone = false; !isDone && !signal.aborted; ) {
    await untilSeen(signal)
    const hidden = new AbortController()
    const hide = () => document.hidden && hidden.abort()
    document.addEventListener('visibilitychange', hide)
    try {
      isDone = await read(AbortSignal.any([signal, hidden.signal]))
      model.fault = undefined
    } catch (error) {
      if (signal.aborted) return
      if (!hidden.signal.aborted) model.fault = toRefusal(error).title
    } finally {
      document.removeEventListener('visibilitychange', hide)
      redraw()
    }
    if (!isDone && !hidden.signal.aborted) await new Promise((resolve) => setTimeout(resolve, againMs))
  }
}

function untilSeen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve()
  return new Promise((resolve) => {
    const go = () => resolve()
    document.addEventListener('visibilitychange', go, { once: true, signal })
    signal.addEventListener('abort', go, { once: true })
  })
}
