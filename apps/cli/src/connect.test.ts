import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from './connect.ts'

let dataDir: string
let servers: Server[]
beforeEach(() => {
  servers = []
  dataDir = mkdtempSync(join(tmpdir(), 'stevedore-connect-'))
  writeFileSync(join(dataDir, 'token'), 'stv_local\n')
})
afterEach(() => {
  for (const server of servers) server.close()
  rmSync(dataDir, { recursive: true })
})

/** A server that keeps what it was shown. */
async function listen() {
  const shown: (string | undefined)[] = []
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization)
    response.setHeader('content-type', 'application/json').end('{"items":[],"nextCursor":null}')
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return { shown, port: (server.address() as AddressInfo).port }
}

async function ask(options: { url?: string }, more: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ STEVEDORE_DATA_DIR: dataDir, ...more })
  await (await connect(options, config)).call('listApps', {})
}

test('the token of this machine goes to the server that runs here, however its address is spelt', async () => {
  const { shown, port } = await listen()
  writeFileSync(join(dataDir, 'url'), `http://127.0.0.1:${port}\n`)
  await ask({})
  await ask({ url: `http://localhost:${port}/` })
  await ask({}, { STEVEDORE_URL: `http://127.0.0.1:${port}` })
  rmSync(join(dataDir, 'url'))
  await ask({}, { PORT: String(port) })
  expect(shown).toEqual(Array.from({ length: 4 }, () => 'Bearer stv_local'))
})

test('no other server is shown it, whoever names that server; it gets the token that is given by name', async () => {
  const [own, other] = [await listen(), await listen()]
  writeFileSync(join(dataDir, 'url'), `http://127.0.0.1:${own.port}\n`)
  const url = `http://127.0.0.1:${other.port}`
  await ask({ url })
  await ask({}, { STEVEDORE_URL: url })
  await ask({ url: `http://127.0.0.1:${own.port}@127.0.0.1:${other.port}` }).catch(() => {})
  await ask({ url }, { STEVEDORE_TOKEN: 'stv_named' })
  expect(other.shown.filter((one) => one !== undefined)).toEqual(['Bearer stv_named'])
  expect(own.shown).toEqual([])
})
