import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

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
  close(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let stalled = false
  let trap: { text: string; sprung(): void } | undefined

  const server = createServer((client) => {
    const upstream = connect(target)
    let swallowed = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data) => {
      if (stalled) return
      upstream.write(data)
      if (!trap || !data.includes(trap.text)) return
      swallowed = true
      trap.sprung()
      trap = undefined
    })
    upstream.on('data', (data) => {
      if (!stalled && !swallowed) client.write(data)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    swallowAnswerTo: (text) =>
      new Promise((resolve) => {
        trap = { text, sprung: resolve }
      }),
    stall() {
      stalled = true
    },
    /** What was swallowed is gone, so connections that lost something are cut. */
    heal() {
      if (stalled) for (const socket of sockets) socket.destroy()
      stalled = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
