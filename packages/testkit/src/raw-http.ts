import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

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
export async function sendRaw(
  address: string,
  bytes: string | Buffer,
  drip?: { bytes: string | Buffer; everyMs: number },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(address)
  const started = performance.now()
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(bytes)
  const timer = drip && setInterval(() => socket.write(drip.bytes), drip.everyMs)
  const text = await readToEnd(socket).finally(() => clearInterval(timer))
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  return { status: status ? Number(status) : undefined, text, closedAfterMs: performance.now() - started }
}

function readToEnd(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The other side has closed while something was still being sent.
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
    socket.on('close', () => resolve(text))
  })
}
