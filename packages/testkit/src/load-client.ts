import { EventEmitter, once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

export interface LoadOptions {
  /** `http://127.0.0.1:8080/`. */
  url: string
  /** The name in the request, where it differs from the address. */
  host?: string
  /** Kept however long the answers take. */
  requestsPerSecond: number
  /** Reuses connections, as browsers do; otherwise each request has one of its own. */
  keepAlive: boolean
  method?: string
}

export interface LoadReport {
  sent: number
  /** Answers by status; `error` for those that got none. */
  statuses: Record<string, number>
  /** Answers by their `x-revision` header. */
  revisions: Record<string, number>
  /** Of each answer, in the order in which they came. */
  timesMs: number[]
  /** The first few failures in words, with the millisecond in which they came. */
  failures: string[]
}

/** Requests that were not answered with a status from 200 to 299. */
export function countFailed({ statuses, sent }: LoadReport): number {
  const fine = Object.entries(statuses).filter(([status]) => /^2\d\d$/.test(status))
  return sent - fine.reduce((sum, [, count]) => sum + count, 0)
}

export interface LoadClient {
  report: LoadReport
  /** Resolves once so many requests have been sent. */
  reach(count: number): Promise<void>
  /** Sends no more, waits for the answers that are out. */
  stop(): Promise<LoadReport>
}

const tickMs = 10
const timeoutMs = 10_000
const keptFailures = 10

/** Asks at a constant rate: what is late is made up for, so that a stall shows as failures and not as fewer requests. */
export function startLoad(options: LoadOptions): LoadClient {
  const report: LoadReport = { sent: 0, statuses: {}, revisions: {}, timesMs: [], failures: [] }
  // With a timeout of its own an agent keeps to the server's Keep-Alive header, as browsers do.
  const agent = new Agent({ keepAlive: options.keepAlive, maxSockets: 256, timeout: timeoutMs })
  const pending = new Set<Promise<void>>()
  const start = performance.now()
  const ticks = new EventEmitter()
  const send = () => {
    report.sent++
    const answered = ask(options, agent, report, start).finally(() => pending.delete(answered))
    pending.add(answered)
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * options.requestsPerSecond
    while (report.sent < due) send()
    ticks.emit('tick')
  }, tickMs)
  return {
    report,
    async reach(count) {
      while (report.sent < count) await once(ticks, 'tick')
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
      agent.destroy()
      return report
    },
  }
}

async function ask(options: LoadOptions, agent: Agent, report: LoadReport, start: number): Promise<void> {
  const since = performance.now()
  try {
    const response = await exchange(options, agent)
    report.timesMs.push(performance.now() - since)
    count(report.statuses, String(response.statusCode))
    const revision = response.headers['x-revision']
    if (typeof revision === 'string') count(report.revisions, revision)
    if (response.statusCode! >= 300) note(report, start, `status ${response.statusCode}`)
  } catch (error) {
    count(report.statuses, 'error')
    note(report, start, String(error))
  }
}

function exchange({ url, host, keepAlive, method = 'GET' }: LoadOptions, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { ...(host ? { host } : {}), ...(keepAlive ? {} : { connection: 'close' }) }
    const sent = request(url, { agent, method, headers, timeout: timeoutMs }, (response) => {
      response
        .resume()
        .once('end', () => resolve(response))
        .once('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    sent.once('error', reject).end()
  })
}

function count(table: Record<string, number>, key: string): void {
  table[key] = (table[key] ?? 0) + 1
}

function note(report: LoadReport, start: number, text: string): void {
  if (report.failures.length < keptFailures)
    report.failures.push(`${Math.round(performance.now() - start)} ms: ${text}`)
}
