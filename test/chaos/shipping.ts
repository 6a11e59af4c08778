import { randomUUID } from 'node:crypto'
import type { Job } from '@stevedore/ledger'
import type { ApiProcess } from '../harness/api-process.ts'
import type { Stage } from './stage.ts'

/** Somebody who ships one app over and over: a build that pushes, and then its deploy. */
export interface Shipping {
  app: string
  /** All that was taken, in order. */
  jobs: Job[]
  /** Resolves once so many more are shipped. */
  shipMore(count: number): Promise<void>
  /** Ends with the ship under way. Rejects where a request was refused. */
  stop(): Promise<void>
}

/** @param apis who is asked, in turn, and may change; one that is gone has the same request asked of the next, under the same key */
export function startShipping(stage: Stage, app: string, apis: readonly ApiProcess[]): Shipping {
  const jobs: Job[] = []
  let shipped = 0
  let stopped = false
  const told = new EventTarget()

  async function request(body: object): Promise<void> {
    jobs.push(await stage.end(await ask(apis, body), 150_000))
  }

  async function ship(): Promise<void> {
    for (; !stopped; shipped++) {
      const version = `1.0.${shipped}`
      await request({ kind: 'build', app, version, push: true })
      await request({ kind: 'deploy', app, environment: 'staging', version })
      told.dispatchEvent(new Event('shipped'))
    }
  }

  const shipping = ship()
  // It is reported to whoever waits.
  shipping.catch(() => {})
  return {
    app,
    jobs,
    async shipMore(count) {
      const goal = shipped + count
      while (shipped < goal) {
        const next = new Promise((resolve) => told.addEventListener('shipped', resolve, { once: true }))
        await Promise.race([next, shipping])
      }
    },
    async stop() {
      stopped = true
      await shipping
    },
  }
}

/** The id of the job. An API that dies or is told to stop may be in the middle of it; any other has to take it. */
async function ask(apis: readonly ApiProcess[], body: object): Promise<string> {
  const headers = { 'idempotency-key': randomUUID() }
  for (let turn = Math.floor(Math.random() * apis.length); ; turn++) {
    const api = apis[turn % apis.length] as ApiProcess
    const answer = await api.call('POST', '/v1/jobs', { body, headers }).catch(() => undefined)
    if (answer?.status === 202) return answer.body.id
    if (answer && answer.status !== 503)
      throw new Error(`${JSON.stringify(body)} was refused: ${answer.status} ${answer.text}`)
  }
}
