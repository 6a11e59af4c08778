import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { jobKinds } from '@stevedore/contract'
import { createPostgresTransport, migrateTransport, TransportSetupError } from '@stevedore/queue'
import { createMessages, describeTransport, openPublisher, openRecorder } from '@stevedore/queue/conformance'
import { startPostgres, type TestPostgres } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { SharedConnection } from '../../../packages/queue/src/postgres-sharing.ts'
import { query } from './query.ts'
import { startWorker } from './start-worker.ts'

describeTransport('the transport on PostgreSQL', async () => {
  const postgres = await startPostgres()
  return {
    transport: createPostgresTransport({ url: postgres.url }),
    startWorker: (options) => startWorker('postgres', postgres.url, options),
    crash: postgres.kill,
    restart: postgres.restart,
    async wipe() {
      await query(postgres.url, 'DROP SCHEMA IF EXISTS stevedore_queue CASCADE')
      await migrateTransport(postgres.url)
    },
    stop: postgres.stop,
  }
})

describe('PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('says that the tables are missing until they are made, which may be done at several places at once', async () => {
    const publisher = createPostgresTransport({ url: postgres.url }).openPublisher()
    onTestFinished(() => publisher.close())
    await expect(publisher.ping()).rejects.toThrow(TransportSetupError)
    await expect(publisher.ping()).rejects.toThrow(/stevedore migrate/)
    await Promise.all([1, 2, 3].map(() => migrateTransport(postgres.url)))
    await publisher.ping()
  })

  test('a connection that breaks while nobody uses it, or while it is closed, ends no process', async () => {
    await migrateTransport(postgres.url)
    const connection = new SharedConnection({ connectionString: postgres.url, schema: 'stevedore_queue' })
    const idle = await connection.pool.connect()
    const listening = await connection.getListenClient()
    // As BullMQ does before it ends the client.
    listening.removeAllListeners()
    const ended = [idle, listening].map((client) => new Promise<void>((resolve) => client.on('end', resolve)))
    await query(postgres.url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    await Promise.all(ended)
    idle.release(true)
    await connection.close()
  })

  test('a server that is lost in the moment in which it answers ends no process', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end(Buffer.concat([authenticated, readyForQuery, lost])))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const connectionString = `postgres://nobody@127.0.0.1:${port}/none`
    const connection = new SharedConnection({ connectionString, schema: 'stevedore_queue' })
    const client = await connection.getListenClient()
    await expect(client.query('select 1')).rejects.toThrow()
    await connection.close()
    server.close()
  })

  test('a process that publishes and consumes all kinds keeps to eight connections', async () => {
    await migrateTransport(postgres.url)
    const transport = createPostgresTransport({ url: postgres.url })
    const { begun } = openRecorder({ transport }, { concurrency: 10 })
    const messages = jobKinds.flatMap((kind) => createMessages(100, { kind, priority: 1 }))
    await openPublisher({ transport }).publish(messages)
    expect(await begun.waitForCount(400, 30_000)).toHaveLength(400)
    const rows = await query(postgres.url, "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'stevedore %'")
    expect(rows.length).toBeGreaterThan(1)
    expect(rows.length).toBeLessThanOrEqual(8)
  })
})

/** A message of the protocol: its sort, its length, its body. */
function makeMessage(sort: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(sort), length, body])
}

const authenticated = makeMessage('R', Buffer.alloc(4))
const readyForQuery = makeMessage('Z', Buffer.from('I'))
const lost = makeMessage(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
)
