import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'

/**
 * `node load.ts URL CLIENTS UNTIL BODY TOKEN RATE`, until `5s` or `10000` requests, at a rate per second of all clients, or 0 for what they can: posts,
 * each request with a key of its own, and prints what came of it.
 */
const [url = '', clients = '', until = '', body = '', token = '', rate = '0'] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
const setupRequest = (request: object) => ({ ...request, headers: { ...headers, 'idempotency-key': randomUUID() } })
const result = await autocannon({
  url,
  connections: Number(clients),
  ...(until.endsWith('s') ? { duration: Number.parseInt(until, 10) } : { amount: Number(until) }),
  ...(Number(rate) > 0 && { overallRate: Number(rate) }),
  requests: [{ method: 'POST', body, headers, setupRequest }],
})
const { requests, latency, non2xx, errors, statusCodeStats } = result
console.log(
  `done ${JSON.stringify({ perS: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, failed: non2xx + errors, statuses: statusCodeStats })}`,
)
