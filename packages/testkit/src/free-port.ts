import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'

/** Listens on a free port of the loopback address. @returns the port */
export async function listenLocally(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('a server that listens on a port has an address')
  return address.port
}

/** Ends a server with the connections that are open to it. */
export async function stopServer(server: Pick<HttpServer, 'close' | 'closeAllConnections'>): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Below those that the kernel gives to connections that go out, and to a cluster's Services: a port that is found free stays so. */
const [lowest, highest] = [10_000, 29_999]

/** A port that nothing of this machine listens on at this moment. */
export async function findFreePort(): Promise<number> {
  const port = randomInt(lowest, highest)
  const server = createServer()
  const isFree = await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, () => resolve(true))
  })
  if (!isFree) return findFreePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}
