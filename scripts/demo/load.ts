import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const visitors = 4
const pauseMs = 20
const timeoutMs = 5_000

export interface LoadResult {
  requests: number
  failed: number
  /** The first failures, as they were seen. */
  failures: string[]
  /** Answers by what they said. */
  answers: Record<string, number>
  seconds: number
}

/** Visitors who ask again and again, each time on a new connection, until they are stopped. Anything but a 200 is a failure. */
export function startLoad(url: string): { stop(): Promise<LoadResult> } {
  const result: LoadResult = { requests: 0, failed: 0, failures: [], answers: {}, seconds: 0 }
  const startedAt = performance.now()
  let stopped = false

  async function visit(): Promise<void> {
    while (!stopped) {
      result.requests++
      await ask(url).then(countAnswer, countFailure)
      await delay(pauseMs)
    }
  }

  function countAnswer(answer: string): void {
    result.answers[answer] = (result.answers[answer] ?? 0) + 1
  }

  function countFailure(error: Error): void {
    result.failed++
    if (result.failures.length < 10) result.failures.push(`${new Date().toISOString()} ${error.message}`)
  }

  const running = Array.from({ length: visitors }, visit)
  return {
    async stop() {
      stopped = true
      await Promise.all(running)
      return { ...result, seconds: (performance.now() - startedAt) / 1000 }
    },
  }
}

const agent = new Agent({ keepAlive: false })

function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: timeoutMs }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('error', reject)
      response.on('end', () =>
        response.statusCode === 200 ? resolve(body.trim()) : reject(new Error(`status ${response.statusCode}`)),
      )
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', reject)
  })
}
