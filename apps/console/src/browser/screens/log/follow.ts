import { send } from '../../api/client.ts'
import { toRefusal } from '../../api/problem.ts'
import { redraw } from '../../store.ts'
import type { LogModel } from './model.ts'

const againMs = 2_000

/** Reads the output from where it was left until the job has ended; not while nobody looks. */
export async function followOutput(id: string, model: LogModel, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !model.isComplete) {
    await untilSeen(signal)
    const hidden = new AbortController()
    const hide = () => document.hidden && hidden.abort()
    document.addEventListener('visibilitychange', hide)
    try {
      await readOn(id, model, AbortSignal.any([signal, hidden.signal]))
      model.isComplete = true
      model.fault = undefined
    } catch (error) {
      if (signal.aborted) return
      if (!hidden.signal.aborted) {
        model.fault = toRefusal(error).title
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    } finally {
      document.removeEventListener('visibilitychange', hide)
      redraw()
    }
  }
}

async function readOn(id: string, model: LogModel, signal: AbortSignal): Promise<void> {
  const offset = model.lines.size()
  const response = await send(`/v1/jobs/${encodeURIComponent(id)}/logs?follow=1&offset=${offset}`, {
    headers: { accept: 'text/plain' },
    signal,
  })
  const reader = response.body?.getReader()
  for (;;) {
    const piece = await reader?.read()
    if (!piece || piece.done) return
    model.fault = undefined
    model.lines.add(piece.value)
    redraw()
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
