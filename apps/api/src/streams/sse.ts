/** One Server-Sent Event. `data` is written as JSON, so it never holds a line break. */
export function writeFrame(frame: { id: number; event: string; data: unknown }): string {
  return `id: ${frame.id}\nevent: ${frame.event}\ndata: ${JSON.stringify(frame.data)}\n\n`
}

/** Keeps proxies from taking a quiet stream for a dead one. */
export const heartbeat = ':\n\n'

/** How soon a client should come back when the stream breaks off. */
export const retryHint = 'retry: 1000\n\n'
