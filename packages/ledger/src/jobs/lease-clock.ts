/**
 * A moment that threads share, by the clock that all threads of a process share and nobody sets. It goes on while the process is
 * stopped.
 */
export interface SharedMoment {
  set(moment: bigint): void
  /** Milliseconds until then; negative once it is past. */
  leftMs(): number
}

export const nowNs: () => bigint = process.hrtime.bigint

export function afterMs(ms: number, fromNs = nowNs()): bigint {
  return fromNs + BigInt(Math.round(ms * 1e6))
}

export function openMoment(memory: SharedArrayBuffer): SharedMoment {
  const cell = new BigInt64Array(memory)
  return {
    set: (moment) => void Atomics.store(cell, 0, moment),
    leftMs: () => Number(Atomics.load(cell, 0) - nowNs()) / 1e6,
  }
}

export function allocateMoment(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
}

/** The worker stops before its lease ends in the ledger, so that two workers never act at once. */
export function endOfLease(leaseMs: number, fromNs: bigint): bigint {
  return afterMs(leaseMs * 0.9, fromNs)
}
