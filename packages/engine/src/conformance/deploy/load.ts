import type { Answer, DeployHarness } from './harness.ts'

/** An answer, or why there was none and after how long. */
type Reply = Answer | string

export interface Load {
  /** What every request was answered so far, in order. */
  replies: readonly Reply[]
  /** Ends it and gives all replies. */
  stop(): Promise<readonly Reply[]>
}

/** Two clients, each asking again as soon as it is answered. */
export function startLoad(request: DeployHarness['request']): Load {
  let running = true
  const replies: Reply[] = []
  const ask = async () => {
    while (running) {
      const since = performance.now()
      replies.push(await request('/').catch((error) => `${error} after ${Math.round(performance.now() - since)} ms`))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const clients = Promise.all([ask(), ask()])
  return {
    replies,
    async stop() {
      running = false
      await clients
      return replies
    },
  }
}

export function findFailed(replies: readonly Reply[]): Reply[] {
  return replies.filter((reply) => typeof reply === 'string' || reply.status !== 200)
}
