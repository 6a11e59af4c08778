import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { launch, type PostgresProcess } from './launch.ts'

const pauseMs = 500

/** A server that is started again on the same port when it ends by itself, so that whoever used it finds it again. */
export async function keepRunning(command: string[], files: string): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await findFreePort()
  let stopping = false
  let current: PostgresProcess = await launch(command, files, port)
  const supervision = supervise()

  async function supervise(): Promise<void> {
    for (;;) {
      await current.exited
      if (stopping) return
      await delay(pauseMs)
      current = await launch(command, files, port).catch(() => current)
    }
  }

  return {
    port,
    async stop() {
      stopping = true
      await current.stop()
      await supervision
    },
  }
}

/** PostgreSQL takes no port 0. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
