import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { createApiCaller } from '@stevedore/testkit'
import { expect } from 'vitest'

type Caller = ReturnType<typeof createApiCaller>
type Answer = Awaited<ReturnType<Caller>>

const patienceMs = 90_000

/** As the command line does: what does not answer, or says that it cannot now, is asked again; what changes something goes by one key. */
export async function ask(call: Caller, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { 'idempotency-key': randomUUID() }
  const end = performance.now() + patienceMs
  for (;;) {
    const signal = AbortSignal.timeout(10_000)
    const answer = await call(method, path, { ...(body ? { body, headers } : {}), signal }).catch(
      (error: Error) => error,
    )
    const passes = answer instanceof Error || answer.status >= 500 || answer.status === 429
    if (!passes) return answer
    if (performance.now() > end) throw answer instanceof Error ? answer : new Error(`${path}: ${answer.text}`)
    await pause(250)
  }
}

export interface SteadyRequests {
  /** Asks for no more. @returns the jobs that were accepted */
  stop(): Promise<string[]>
}

/** Asks for a job every half second, for as long as it takes. */
export function startRequests(call: Caller, job: object): SteadyRequests {
  const ids: string[] = []
  let isOver = false
  const loop = async () => {
    while (!isOver) {
      const answer = await ask(call, 'POST', '/v1/jobs', job)
      expect(answer.status, answer.text).toBe(202)
      ids.push(answer.body.id)
      await pause(500)
    }
  }
  const ended = loop()
  // Told at the end, and by nobody before.
  ended.catch(() => {})
  return {
    async stop() {
      isOver = true
      await ended
      return ids
    },
  }
}

/** How a job ended: asked until it has. */
export async function readEnd(call: Caller, id: string): Promise<string> {
  const end = performance.now() + patienceMs
  for (;;) {
    const { body } = await ask(call, 'GET', `/v1/jobs/${id}`)
    if (/^(succeeded|failed|cancelled|superseded)$/.test(body.state))
      return body.error ? `${body.state} ${body.error.code}` : body.state
    if (performance.now() > end) throw new Error(`job ${id} is ${body.state}, and waits for ${body.waitingFor}`)
    await pause(250)
  }
}
