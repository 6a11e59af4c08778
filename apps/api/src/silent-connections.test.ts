import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { trackSilentConnections } from './silent-connections.ts'

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('a server that ends waits for answers, and not for connections that nothing was asked on', async () => {
  const asked = Promise.withResolvers<void>()
  const answering = Promise.withResolvers<void>()
  const server = createServer(async (_request, response) => {
    asked.resolve()
    await answering.promise
    response.end('all of it')
  }).listen(0, '127.0.0.1')
  const endSilent = trackSilentConnections(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [silent, busy] = [await open(port), await open(port)]
  busy.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await asked.promise

  const closed = once(server, 'close')
  server.close()
  endSilent()
  await once(silent, 'close')
  answering.resolve()
  let text = ''
  for await (const part of busy) text += part
  expect(text).toContain('all of it')
  await closed
})
