import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CheckpointKey, createToken, parseCheckpoint } from '@stevedore/ledger'
import { waitUntil } from '@stevedore/testkit'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { startTestApi } from './test-api.ts'

const by = { actor: 'token:ada', correlationId: 'c-1' }

/** Takes what is posted; gives it one by one, so that a test waits for the next. */
export async function startSink(statuses: number[] = []) {
  const requests: { authorization: string | undefined; body: string }[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    requests.push({ authorization: request.headers.authorization, body })
    response.writeHead(statuses.shift() ?? 204).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: new URL(`http://keeper:s3cr3t@127.0.0.1:${port}/in`), requests }
}

interface KeepingOptions {
  key: CheckpointKey
  /** Of the file. */
  path: string
  entries?: number
  had?: number
  databaseUrl?: string
}

/** An API that keeps checkpoints, with `entries` in its trail, of which the last has one. */
export async function startKeeping({ key, path, entries = 6, had = 0, databaseUrl }: KeepingOptions) {
  const sink = await startSink()
  const api = await startTestApi({
    ...(databaseUrl && { databaseUrl }),
    checkpoints: { key, path, everySeconds: 0.02, sink: sink.url },
  })
  onTestFinished(() => api.close())
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  for (let n = had + 1; n < entries; n++) await createToken(api.ledger, { name: `t-${n}`, role: 'viewer', by })
  await waitUntil('a checkpoint of the last entry', () =>
    sink.requests.some(({ body }) => parseCheckpoint(body)?.seq === entries),
  )
  const verify = async () => (await api.call('GET', '/v1/audit/verify')).body
  /** As a superuser who switches off what is in the way. */
  const tamper = async (...statements: string[]) => {
    const off = 'alter table audit disable trigger audit_append_only'
    for (const statement of [off, ...statements, 'alter table audit enable always trigger audit_append_only'])
      await client.query(statement)
  }
  return { api, sink, verify, tamper }
}
