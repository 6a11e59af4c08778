import { connect } from 'node:net'

export interface RawAnswer {
  /** Undefined when the connection was closed without an answer. */
  status: number | undefined
  text: string
  /** Milliseconds until the other side had closed the connection. */
  closedAfterMs: number
}

/**
 * Sends bytes as they are, also such as no client would, and waits for the other side to close.
 * @param drip sent again and again, every `everyMs`, after the first bytes
 */
export function sendRaw(
  address: string,
  bytes: string | Buffer,
  drip?: { bytes: string | Buffer; everyMs: number },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(address)
  const started = performance.now()
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes)
      if (drip) timer = setInterval(() => socket.write(drip.bytes), drip.everyMs)
    })
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
    socket.on('close', () => {
      clearInterval(timer)
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      resolve({ status: status ? Number(status) : undefined, text, closedAfterMs: performance.now() - started })
    })
  })
}
