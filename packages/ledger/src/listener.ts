import { Client, type ClientConfig } from 'pg'

/** `stevedore_outbox`: there is something to publish (payload ''). `stevedore_job`: an event or output of the job with this id. `stevedore_watch`: a log watch has opened or moved. */
export type Channel = 'stevedore_outbox' | 'stevedore_job' | 'stevedore_watch'

const channels: readonly Channel[] = ['stevedore_outbox', 'stevedore_job', 'stevedore_watch']
const firstDelayMs = 100
const longestDelayMs = 2_000
/** A connection that was cut without a word is noticed by the next question. */
const checkEveryMs = 5_000

export interface Listener {
  listen(channel: Channel, callback: (payload: string) => void): Promise<() => void>
  close(): Promise<void>
}

/** One connection for all notifications, made with the first listener and kept up until closed. */
export function openListener(config: ClientConfig, onError: (error: Error) => void): Listener {
  const callbacks = new Map<Channel, Set<(payload: string) => void>>(channels.map((channel) => [channel, new Set()]))
  let closed = false
  let client: Client | undefined
  let firstTry: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let delayMs = firstDelayMs

  function tell(channel: Channel, payload: string) {
    for (const callback of callbacks.get(channel) ?? []) callback(payload)
  }

  function replace(lost: Client, error?: Error) {
    if (client !== lost) return
    client = undefined
    clearTimeout(timer)
    lost.end().catch(() => {})
    if (closed) return
    if (error) onError(error)
    timer = setTimeout(connect, delayMs)
    delayMs = Math.min(delayMs * 2, longestDelayMs)
  }

  async function connect(): Promise<void> {
    const fresh = new Client({ ...config, application_name: 'stevedore-listener' })
    client = fresh
    fresh.on('error', (error) => replace(fresh, error))
    fresh.on('end', () => replace(fresh))
    fresh.on('notification', ({ channel, payload }) => tell(channel as Channel, payload ?? ''))
    try {
      await fresh.connect()
      for (const channel of channels) await fresh.query(`LISTEN ${channel}`)
    } catch (error) {
      return replace(fresh, error as Error)
    }
    delayMs = firstDelayMs
    watch(fresh)
    for (const channel of channels) tell(channel, '')
  }

  function watch(watched: Client) {
    if (client !== watched) return
    timer = setTimeout(() => {
      watched.query('SELECT 1').then(
        () => watch(watched),
        (error) => replace(watched, error),
      )
    }, checkEveryMs)
  }

  return {
    async listen(channel, callback) {
      const late = firstTry !== undefined
      callbacks.get(channel)?.add(callback)
      firstTry ??= connect()
      await firstTry
      if (late) callback('')
      return () => void callbacks.get(channel)?.delete(callback)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
