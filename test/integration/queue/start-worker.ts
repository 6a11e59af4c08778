import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { WorkerProcess } from '@stevedore/queue/conformance'
import { onTestFinished } from 'vitest'

/** Starts worker-process.ts, which goes with the test. */
export async function startWorker(name: 'redis' | 'postgres', url: string, hold: boolean): Promise<WorkerProcess> {
  const child = fork(new URL('worker-process.ts', import.meta.url), [name, url, ...(hold ? ['hold'] : [])])
  const worker: WorkerProcess = {
    begun: [],
    handled: [],
    async close() {
      const ended = once(child, 'exit')
      child.send({})
      await ended
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
  child.on('message', (report: { begun?: string; handled?: string }) => {
    if (report.begun) worker.begun.push(report.begun)
    if (report.handled) worker.handled.push(report.handled)
  })
  onTestFinished(() => worker.kill())
  await once(child, 'message')
  return worker
}
