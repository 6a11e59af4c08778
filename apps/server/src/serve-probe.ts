import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkLedger, mayScrape, openScrapers, type Scrapers, shareAnswer } from '@stevedore/ledger'
import type { RunningWorker } from '@stevedore/worker'
import type { Resources } from './resources.ts'

type Probed = Pick<Resources, 'config' | 'ledger' | 'metrics'> & Pick<RunningWorker, 'listAway'>

/** What tells the health of a worker that runs alone: /health and /ready to all, /metrics to tokens that may read. */
export async function serveProbe(probed: Probed, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const scrapers = openScrapers(probed.ledger)
  const askLedger = shareAnswer(() => checkLedger(probed.ledger))
  const check = () => askLedger().catch(() => ({ reachable: false, migrated: false }))
  const server = createServer((request, response) => {
    // The ledger could not be asked whose token it is.
    answer(probed, { scrapers, check }, request, response).catch(() => response.writeHead(503).end())
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  server.listen(port, probed.config.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  { metrics, listAway }: Probed,
  { scrapers, check }: { scrapers: Scrapers; check: () => ReturnType<typeof checkLedger> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
  switch (request.url) {
    case '/health':
      return void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n')
    case '/ready': {
      const { reachable, migrated } = await check()
      // It is alive and tells why jobs wait: ending it brings no engine back. Reasons may name addresses, which are not for everybody.
      const away = listAway().map(({ site, since }) => ({ site, since }))
      const status = !(reachable && migrated) ? 'unready' : away.length > 0 ? 'degraded' : 'ready'
      const type = { 'content-type': 'application/json' }
      return void response.writeHead(status === 'unready' ? 503 : 200, type).end(JSON.stringify({ status, away }))
    }
    case '/metrics':
      if (!(await mayRead(scrapers, request)))
        return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
      return void response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.render())
    default:
      return void response.writeHead(404).end()
  }
}

async function mayRead(scrapers: Scrapers, request: IncomingMessage): Promise<boolean> {
  const [, bearer] = /^Bearer +([\x21-\x7e]{1,500})$/i.exec(request.headers.authorization ?? '') ?? []
  const token = bearer ? await scrapers(bearer) : undefined
  return token !== undefined && mayScrape(token)
}
