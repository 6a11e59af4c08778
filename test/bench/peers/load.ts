import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'

/** `node load.ts URL CLIENTS UNTIL BODY TOKEN`, until `5s` or `10000` requests: posts, each request with a key of its own, and prints what came of it. */
const [url = '', clients = '', until = '', body = '', token = ''] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
const setupRequest = (request: object) => ({ ...request, headers: { ...headers, 'idempotency-key': randomUUID() } })
const result = await autocannon({
  url,
  connections: Number(clients),
  ...(until.endsWith('s') ? { duration: Number.parseInt(until, 10) } : { amount: Number(until) }),
  requests: [{ method: 'POST', body, headers, setupRequest }],
})
const { requests, latency, non2xx, errors, statusCodeStats } = result
console.log(
  `done ${JSON.stringify({ perS: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, failed: non2xx + errors, statuses: statusCodeStats })}`,
)
