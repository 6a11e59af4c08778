import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listenLocally } from './free-port.ts'

/** Stands between a client and a server, to do to their connections what networks do. */
export interface TcpProxy {
  port: number
  /**
   * From the next time a client sends this text, nothing of the server's reaches that client any more: the server does what it was told, and the
   * client never learns of it. Resolves when that has happened.
   */
  swallowAnswerTo(text: string): Promise<void>
  /** New and open connections stay open and carry nothing, until `heal`. */
  stall(): void
  heal(): void
  /** As a server that is gone: open connections end and new ones are refused, until `restore`. */
  cut(): Promise<void>
  restore(): Promise<void>
  close(): Promise<void>
}

/** What is done to the connections of one proxy. */
interface Fault {
  isStalled: boolean
  /** What a client sends to be answered no more. */
  trap: { text: string; onSent(): void } | undefined
}

/** @param target a host and port, or the path of a socket */
export async function startTcpProxy(target: { host: string; port: number } | { path: string }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const fault: Fault = { isStalled: false, trap: undefined }
  const server = createServer((client) => {
    const upstream = connect(target)
    tie(client, upstream, sockets)
    relay(client, upstream, fault)
  })
  const port = await listenLocally(server)
  const cut = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    port,
    cut,
    async restore() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    swallowAnswerTo: (text) =>
      new Promise((resolve) => {
        fault.trap = { text, onSent: resolve }
      }),
    stall() {
      fault.isStalled = true
    },
    /** What was swallowed is gone, so connections that lost something are cut. */
    heal() {
      if (fault.isStalled) for (const socket of sockets) socket.destroy()
      fault.isStalled = false
    },
    close: cut,
  }
}

/** The end of either socket is the end of both. */
function tie(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const socket of [client, upstream]) {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      client.destroy()
      upstream.destroy()
    })
  }
}

function relay(client: Socket, upstream: Socket, fault: Fault): void {
  let isMute = false
  client.on('data', (data) => {
    if (fault.isStalled) return
    upstream.write(data)
    if (!fault.trap || !data.includes(fault.trap.text)) return
    isMute = true
    fault.trap.onSent()
    fault.trap = undefined
  })
  upstream.on('data', (data) => {
    if (!fault.isStalled && !isMute) client.write(data)
  })
}
