/** Why running work is told to end, other than by its own failure. */
export type StopReason = 'cancelled' | 'aborted' | 'lease-lost' | 'handing-over'

/** The reason of an aborted signal. */
export class Stop extends Error {
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(`the work was told to end: ${reason}`)
    this.name = 'Stop'
    this.reason = reason
  }
}
