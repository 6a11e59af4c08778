import { Client, type ClientConfig } from 'pg'
import { type Channel, channels } from './channels.ts'

const firstDelayMs = 100
const longestDelayMs = 2_000
/** A connection that was cut without a word is noticed by the next question. */
const checkEveryMs = 5_000

type Callback = (payload: string) => void

export interface Listener {
  listen(channel: Channel, callback: Callback): Promise<() => void>
  /** Whether what is told now is heard, as far as is known: a connection that is cut without a word is noticed within some seconds. */
  isListening(): boolean
  close(): Promise<void>
}

/** The one connection that carries all channels, as it stands: it is replaced whenever it breaks. */
interface State {
  config: ClientConfig
  onError(error: Error): void
  /** By channel. */
  callbacks: Map<string, Set<Callback>>
  client?: Client | undefined
  firstTry?: Promise<void>
  timer?: NodeJS.Timeout
  delayMs: number
  isListening: boolean
  isClosed: boolean
}

/** One connection for all notifications, made with the first listener and kept up until closed. */
export function openListener(config: ClientConfig, onError: (error: Error) => void): Listener {
  const callbacks = new Map(Object.keys(channels).map((channel) => [channel, new Set<Callback>()]))
  const state: State = { config, onError, callbacks, delayMs: firstDelayMs, isListening: false, isClosed: false }
  return {
    listen: (channel, callback) => listen(state, channel, callback),
    isListening: () => state.isListening,
    close: () => close(state),
  }
}

async function listen(state: State, channel: Channel, callback: Callback): Promise<() => void> {
  const isLate = state.firstTry !== undefined
  state.callbacks.get(channel)?.add(callback)
  state.firstTry ??= connect(state)
  await state.firstTry
  if (isLate) callback('')
  return () => void state.callbacks.get(channel)?.delete(callback)
}

async function close(state: State): Promise<void> {
  state.isClosed = true
  clearTimeout(state.timer)
  // One that is broken already has nothing left to end.
  await state.client?.end().catch(() => {})
}

/** Never rejects: a connection that does not come about is tried again. */
function connect(state: State): Promise<void> {
  const client = new Client({ ...state.config, application_name: 'stevedore-listener' })
  state.client = client
  client.on('error', (error) => replace(state, client, error))
  client.on('end', () => replace(state, client))
  client.on('notification', ({ channel, payload }) => tell(state, channel, payload ?? ''))
  return subscribe(client).then(
    () => begin(state, client),
    (error: Error) => replace(state, client, error),
  )
}

async function subscribe(client: Client): Promise<void> {
  await client.connect()
  for (const channel of Object.keys(channels)) await client.query(`LISTEN ${channel}`)
}

/** What was told before the connection stood is lost, so that everybody looks for themselves. */
function begin(state: State, client: Client): void {
  // It may have broken meanwhile.
  if (state.client !== client) return
  state.delayMs = firstDelayMs
  check(state, client)
  for (const channel of Object.keys(channels)) tell(state, channel, '')
  state.isListening = true
}

function check(state: State, client: Client): void {
  if (state.client !== client) return
  state.timer = setTimeout(() => {
    client.query('SELECT 1').then(
      () => check(state, client),
      (error: Error) => replace(state, client, error),
    )
  }, checkEveryMs)
}

/** A connection may report its end several times over; it is replaced once. */
function replace(state: State, lost: Client, error?: Error): void {
  if (state.client !== lost) return
  state.client = undefined
  state.isListening = false
  clearTimeout(state.timer)
  // It is given up: that it does not end in order is no news.
  lost.end().catch(() => {})
  if (state.isClosed) return
  if (error) state.onError(error)
  state.timer = setTimeout(() => connect(state), state.delayMs)
  state.delayMs = Math.min(state.delayMs * 2, longestDelayMs)
}

function tell(state: State, channel: string, payload: string): void {
  for (const callback of state.callbacks.get(channel) ?? []) callback(payload)
}
