import { AsyncLocalStorage } from 'node:async_hooks'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'

/** What a process of the simulation has instead of the machine's clock and chance. */
export interface Surroundings {
  /** Of its clock, in milliseconds. */
  nowMs(): number
  /** 0 to 1, by the seed. */
  draw(): number
  /** @returns takes the timer back */
  startTimer(ms: number, ring: () => void): () => void
}

const surroundings = new AsyncLocalStorage<Surroundings | undefined>()

/** Whatever is begun here, however deep, has this clock and this chance. */
export function runWithin<T>(own: Surroundings, work: () => T): T {
  return surroundings.run(own, work)
}

/** As the machine has it: what is real (a driver, its time-outs) is no part of the simulation. */
export function runOutside<T>(work: () => T): T {
  return surroundings.run(undefined, work)
}

/** Timers of the simulation are objects of its own, so that they cannot be mistaken for Node's. */
class VirtualTimer {
  stop: () => void
  constructor(stop: () => void) {
    this.stop = stop
  }
  ref() {
    return this
  }
  unref() {
    return this
  }
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  delay: timersPromises.setTimeout,
  random: Math.random,
  randomUUID: crypto.randomUUID,
  timeout: AbortSignal.timeout,
  now: performance.now.bind(performance),
}

export const setRealTimeout = real.setTimeout
export const clearRealTimeout = real.clearTimeout

/** All that waits for what was begun before has had its turn. */
export function awaitQuiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Puts the simulation's time and chance in the place of Node's, for what runs within a simulation; everybody else keeps Node's.
 * @returns puts it back
 */
export function replaceTime(): () => void {
  replaceTimers()
  Object.assign(performance, { now: () => surroundings.getStore()?.nowMs() ?? real.now() })
  Math.random = () => surroundings.getStore()?.draw() ?? real.random()
  const randomUUID = () => (surroundings.getStore() ? drawUuid() : real.randomUUID())
  Object.assign(crypto, { randomUUID })
  Object.assign(timersPromises, { setTimeout: delay })
  AbortSignal.timeout = (ms) => (surroundings.getStore() ? abortAfter(ms) : real.timeout.call(AbortSignal, ms))
  syncBuiltinESMExports()
  return () => {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = real
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval })
    Object.assign(performance, { now: real.now })
    Math.random = real.random
    Object.assign(crypto, { randomUUID: real.randomUUID })
    Object.assign(timersPromises, { setTimeout: real.delay })
    AbortSignal.timeout = real.timeout
    syncBuiltinESMExports()
  }
}

type Callback = (...args: unknown[]) => void

function replaceTimers(): void {
  const setTimeout = (callback: Callback, ms = 0, ...args: unknown[]) => {
    const own = surroundings.getStore()
    if (!own) return real.setTimeout(callback, ms, ...args)
    return new VirtualTimer(own.startTimer(ms, () => callback(...args)))
  }
  const setInterval = (callback: Callback, ms = 0, ...args: unknown[]) => {
    const own = surroundings.getStore()
    if (!own) return real.setInterval(callback, ms, ...args)
    const timer = new VirtualTimer(() => {})
    const ring = () => {
      timer.stop = own.startTimer(ms, ring)
      callback(...args)
    }
    timer.stop = own.startTimer(ms, ring)
    return timer
  }
  const clear = (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.stop()
    else real.clearTimeout(timer as NodeJS.Timeout)
  }
  Object.assign(setTimeout, { __promisify__: real.delay })
  Object.assign(globalThis, { setTimeout, setInterval, clearTimeout: clear, clearInterval: clear })
}

function delay<T>(ms = 0, value?: T, options: { signal?: AbortSignal } = {}): Promise<T> {
  const own = surroundings.getStore()
  if (!own) return real.delay(ms, value, options) as Promise<T>
  const { signal } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = own.startTimer(ms, () => {
      signal?.removeEventListener('abort', end)
      resolve(value as T)
    })
    const end = () => {
      stop()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', end, { once: true })
  })
}

function abortAfter(ms: number): AbortSignal {
  const late = new AbortController()
  surroundings.getStore()?.startTimer(ms, () => late.abort(new DOMException('it took too long', 'TimeoutError')))
  return late.signal
}

function drawUuid() {
  const digits = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16))
  digits[12] = '4'
  digits[16] = '8'
  const text = digits.join('')
  const [a, b, c, d, e] = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)]
  return `${a}-${b}-${c}-${d}-${e}` as const
}
