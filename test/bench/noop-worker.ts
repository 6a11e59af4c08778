import { readConfig } from '@stevedore/config'
import { createFakeDeployEngine, createFakeImageEngine } from '@stevedore/engine/fake'
import type { Handlers } from '@stevedore/worker'
import { requireDatabase } from '../../apps/server/src/config.ts'
import { runWorker } from '../../apps/server/src/worker.ts'

/**
 * `node noop-worker.ts COUNT`: `stevedore worker` with a handler that does nothing, on engines in memory. It prints what the peers' `work.ts`
 * prints, but that a job counts once its end is kept: with its state, its event and its audit entry in the ledger. `node noop-worker.ts hold`
 * says `began JOB` and ends none; without a word it goes on until it is stopped.
 */
const wanted = Number(process.argv[2])
const delaysMs: number[] = []
let firstAt: number | undefined
let ended = 0

const build: Handlers['build'] = async ({ job }) => {
  const now = Date.now()
  firstAt ??= now
  delaysMs.push(now - job.createdAt.getTime())
  if (process.argv[2] === 'hold') {
    console.log(`began ${job.id}`)
    return new Promise(() => {})
  }
  return { type: 'succeeded', result: { version: '1.0.0', commit: '0'.repeat(40), reports: [] } }
}
const refuse = () => Promise.reject(new Error('builds alone are measured'))

const deploy = createFakeDeployEngine()
await runWorker(requireDatabase(readConfig()), {
  kinds: ['build'],
  handlers: { build, push: refuse, deploy: refuse, rollback: refuse, run: refuse },
  engines: { images: createFakeImageEngine(), deploy: { docker: deploy, kubernetes: deploy } },
  onSignal({ type }) {
    if (type !== 'attempt.ended') return
    ended += 1
    if (ended === wanted) console.log(`done ${JSON.stringify({ wallMs: Date.now() - firstAt!, delaysMs })}`)
  },
})
