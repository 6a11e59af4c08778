import { tracingChannel } from 'node:diagnostics_channel'

/** A call that leaves the process, as its room tells of it. */
export interface OutgoingCall {
  system: 'postgresql' | 'docker' | 'kubernetes' | 'registry'
  /** What is done to what sort of thing. Holds no name or number of any one of them, so that calls can be counted by it. */
  name: string
}

/** Where rooms tell of the calls they make: they know nobody who listens, and where nobody does it costs nothing. */
export const outgoingCalls = tracingChannel<unknown, OutgoingCall>('stevedore:call')

/** Makes a call that gives a promise, and tells of it. */
export function traceCall<T>(call: OutgoingCall, work: () => Promise<T>): Promise<T> {
  // Listeners keep what they know of a call by this object: each call has its own.
  return outgoingCalls.tracePromise(work, { ...call }) as Promise<T>
}
