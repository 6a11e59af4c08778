import type { Answer, DeployHarness } from '@stevedore/engine/conformance'
import { expect } from 'vitest'

export interface Load {
  /** Ends it and gives what every request was answered, or why it was not and after how long. */
  stop(): Promise<(Answer | string)[]>
  /** How often each revision has answered since the last call. */
  takeShares(): Record<string, number>
}

/** Two clients that ask again as soon as they are answered, each time on a new connection. */
export function startLoad(request: DeployHarness['request']): Load {
  let running = true
  const answers: (Answer | string)[] = []
  let taken = 0
  const ask = async () => {
    while (running) {
      const since = performance.now()
      answers.push(
        await request('/').catch((error) => `${String(error)} after ${Math.round(performance.now() - since)} ms`),
      )
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const clients = Promise.all([ask(), ask()])
  return {
    async stop() {
      running = false
      await clients
      return answers
    },
    takeShares() {
      const shares: Record<string, number> = {}
      for (const answer of answers.slice(taken)) {
        const key = typeof answer === 'string' ? 'none' : String(answer.revision)
        shares[key] = (shares[key] ?? 0) + 1
      }
      taken = answers.length
      return shares
    },
  }
}

/** Ends a load that must have been one: that no request failed says nothing about a handful. */
export async function expectNoneFailed(load: Load): Promise<void> {
  const answers = await load.stop()
  expect(answers.length).toBeGreaterThan(100)
  expect(answers.filter((answer) => typeof answer === 'string' || answer.status !== 200)).toEqual([])
}
