import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { Refusal } from '../client/refusal.ts'

export interface TerminalStreams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

/** Well within the time after which the server takes a client for gone. */
const keepAliveMs = 4_000
/** Between two requests, however fast somebody types: a server counts them. */
const pauseMs = 110
/** Before what was not taken is sent again, or after a refusal for too many. */
const againMs = 500
const longestPiece = 12_000
const patienceMs = 10_000

export interface Keyboard {
  /** From now on each key goes to the command, Ctrl-C included. */
  begin(): void
  /** So far the output was shown. */
  acknowledge(seq: number): void
  /** Aborted with what went wrong where nothing can be sent any more. */
  failed: AbortSignal
  /** The terminal is its owner's again. */
  release(): void
}

/** What is typed, the size of the window and how far the output was shown go to the server in one stream of requests, each after the other. */
export function openKeyboard(client: Client, id: string, { stdin, stdout }: TerminalStreams): Keyboard {
  const failure = new AbortController()
  const state = { typed: [] as Buffer[], size: true, seen: 0, told: 0, isOver: false, isRaw: false, wake: () => {} }
  const type = (piece: Buffer) => {
    state.typed.push(piece)
    state.wake()
  }
  const resize = () => {
    state.size = true
    state.wake()
  }
  stdout.on('resize', resize)
  send(client, id, state, stdout).catch((error: unknown) => failure.abort(error))
  return {
    failed: failure.signal,
    begin() {
      if (state.isRaw) return
      state.isRaw = true
      stdin.setRawMode(true).on('data', type).resume()
    },
    acknowledge(seq) {
      state.seen = seq
      state.wake()
    },
    release() {
      if (state.isOver) return
      state.isOver = true
      state.wake()
      stdout.off('resize', resize)
      if (state.isRaw) stdin.setRawMode(false).off('data', type)
      stdin.pause()
    },
  }
}

interface KeyboardState {
  typed: Buffer[]
  /** Whether the size is to be told. */
  size: boolean
  seen: number
  told: number
  isOver: boolean
  isRaw: boolean
  wake(): void
}

/** A piece that was not taken, for want of room or of a connection, is sent again under its number. */
async function send(client: Client, id: string, state: KeyboardState, stdout: NodeJS.WriteStream): Promise<void> {
  let [seq, piece]: [number, Buffer | undefined] = [1, undefined]
  while (!state.isOver) {
    piece ??= takePiece(state)
    const { seen } = state
    const body = {
      ...(state.size ? { size: { columns: stdout.columns || 80, rows: stdout.rows || 24 } } : {}),
      ...(seen > state.told ? { seen } : {}),
      ...(piece ? { seq, input: piece.toString('base64') } : {}),
    }
    state.size = false
    const taken = await tell(client, id, body)
    if (taken === 'ended') return
    if (taken !== undefined) state.told = seen
    if (taken === undefined && body.size) state.size = true
    const isTaken = piece !== undefined && taken !== undefined && taken >= seq
    if (isTaken) [seq, piece] = [seq + 1, undefined]
    await delay(piece || taken === undefined ? againMs : pauseMs)
    if (!piece && state.typed.length === 0 && !state.size && state.seen === state.told) await awaitWake(state)
  }
}

function takePiece(state: KeyboardState): Buffer | undefined {
  if (state.typed.length === 0) return undefined
  const all = Buffer.concat(state.typed)
  state.typed = all.length > longestPiece ? [all.subarray(longestPiece)] : []
  return all.subarray(0, longestPiece)
}

/** @returns the number of the last input that was taken; undefined where there are too many requests just now */
async function tell(client: Client, id: string, body: object): Promise<number | 'ended' | undefined> {
  try {
    return (await client.call('writeTerminal', { params: { id }, body, patienceMs })).taken
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.problem.status === 409) return 'ended'
    if (error.problem.status === 429) return undefined
    throw error
  }
}

async function awaitWake(state: KeyboardState): Promise<void> {
  if (state.isOver) return
  const woken = new AbortController()
  state.wake = () => woken.abort()
  await delay(keepAliveMs, undefined, { signal: woken.signal }).catch(() => {})
  state.wake = () => {}
}
