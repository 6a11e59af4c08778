import type { JobEvent, JobKind } from '@stevedore/contract'
import { leadToSignIn } from './client.ts'
import { readMessages } from './sse.ts'

/** An event of any job that the token sees. */
export type LiveEvent = JobEvent & {
  job: string
  app: string
  environment: string | null
  jobKind: JobKind
}

interface Listener {
  /** The stream is open: what was read before this may be old. */
  onOpen(): void
  onEvent(event: LiveEvent): void
  /** @param sinceMs when the server gave its last sign of life, though nobody looked then */
  onDown(sinceMs: number): void
}

/** Heartbeats come every 10 s: a stream that is silent for longer is dead, whatever the browser believes. */
const silenceMs = 30_000
const delaysMs = [500, 1_000, 2_000, 5_000]

/**
 * The one event stream of this tab. It is closed while nobody looks, since a browser allows few connections to a host, and goes on behind
 * the last event that was seen.
 */
export function openLiveEvents(listener: Listener): void {
  let cursor: string | undefined
  let current: AbortController | undefined
  let aliveMs = Date.now()

  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : start()))
  // A page that comes back from the browser's memory is shown without being loaded.
  window.addEventListener('pageshow', ({ persisted }) => persisted && start())
  start()

  function stop(): void {
    current?.abort()
    current = undefined
  }

  function start(): void {
    if (current || document.hidden) return
    current = new AbortController()
    void follow(current.signal)
  }

  async function follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const hasOpened = await read(signal).catch(() => false)
      if (signal.aborted) return
      listener.onDown(aliveMs)
      if (hasOpened) failures = 0
      await pause(delaysMs[Math.min(failures, delaysMs.length - 1)] ?? 0, signal)
    }
  }

  /** Until it ends. Tells whether it was open at all. */
  async function read(signal: AbortSignal): Promise<boolean> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), silenceMs)
    const response = await fetch(`/v1/events${cursor === undefined ? '' : `?since=${encodeURIComponent(cursor)}`}`, {
      headers: { accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (response.status === 401) leadToSignIn()
    if (!response.ok || !response.body) return forget(response)
    aliveMs = Date.now()
    listener.onOpen()
    try {
      for await (const { id, event, data } of readMessages(response.body)) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), silenceMs)
        aliveMs = Date.now()
        if (id !== undefined) cursor = id
        if (event !== 'ready' && data !== '') listener.onEvent(JSON.parse(data))
      }
    } catch {
      // Cut off, or silent for too long: it is opened again.
    } finally {
      clearTimeout(timer)
    }
    return true
  }

  /** A cursor that the server does not take any more would be refused for ever. */
  function forget({ status }: Response): false {
    if (status === 422 || status === 400) cursor = undefined
    return false
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
