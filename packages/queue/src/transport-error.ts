export type OnError = (error: Error) => void

/** The backend answers but must not be used as it is set up; the message tells the operator what to change. */
export class TransportSetupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportSetupError'
  }
}

/** What was thrown, if it is an error; else one that shows it. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** A backend that is away makes every connection complain at each try: passes on what differs from the last or is old. */
export function mergeRepeats(onError: OnError, quietMs = 10_000): OnError {
  let last = { text: '', at: 0 }
  return (error) => {
    const now = Date.now()
    if (error.message === last.text && now - last.at < quietMs) return
    last = { text: error.message, at: now }
    onError(error)
  }
}
