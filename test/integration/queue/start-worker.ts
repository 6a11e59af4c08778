import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { WorkerProcess, WorkerProcessOptions } from '@stevedore/queue/conformance'
import { endProcess } from '@stevedore/testkit'
import { onTestFinished } from 'vitest'
import type { WorkerReport } from './worker-process.ts'

/** Starts worker-process.ts, which goes with the test. */
export async function startWorker(
  name: 'redis' | 'postgres',
  url: string,
  { hold, notes }: WorkerProcessOptions,
): Promise<WorkerProcess> {
  const child = fork(new URL('worker-process.ts', import.meta.url), [name, url, ...(hold ? ['hold'] : [])])
  const kill = () => endProcess(child, 'SIGKILL')
  onTestFinished(kill)
  child.on('message', ({ begun, ended }: WorkerReport) => {
    if (begun) notes.begun.add(begun)
    if (ended) notes.ended.add(ended)
  })
  await once(child, 'message')
  return {
    async close() {
      const ended = once(child, 'exit')
      child.send({})
      await ended
    },
    kill,
  }
}
