import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Knows the connections on which nothing was ever asked. Browsers open some ahead, and Node, which waits for a first request, does not count
 * them as idle: a server that ends would wait for them.
 * @returns ends those that there are
 */
export function trackSilentConnections(server: Server): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
}
