import { listAudit } from '@stevedore/ledger'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage?.close())

/** A fault of the program, at the moment that the test chooses. */
const fault = (what: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `process.on('SIGUSR2', () => { const error = Object.assign(new Error('a fault'), { code: 'E_FAULT' }); ${what} })`,
  )}`

test.each([
  ['thrown', fault('setImmediate(() => { throw error })'), 'uncaughtException'],
  ['a promise that nobody handles', fault('void Promise.reject(error)'), 'unhandledRejection'],
])(
  'an error that nobody catches (%s): the worker says what it was, hands its jobs over at once, and ends with 1',
  async (_, NODE_OPTIONS, origin) => {
    const { ledger, script } = stage
    const app = await declareApp(ledger, stage.git)
    script.hold('build', 'heedful', { attempt: 1 })
    const { id } = await enqueueBuild(ledger, app)
    // The grace is not for a process that cannot be trusted: it would hold the test up.
    const doomed = await stage.startWorker({ GRACE_MS: '600000', NODE_OPTIONS })
    await stage.deed({ what: 'reached', point: 'build', jobId: id })
    doomed.signal('SIGUSR2')
    expect(await doomed.ended).toBe(1)
    const line = JSON.parse(await doomed.waitForLine(/"message":"an error that nobody caught/))
    expect(line).toMatchObject({
      'log.level': 'fatal',
      origin,
      error: { code: 'E_FAULT', message: 'a fault', stack_trace: expect.stringContaining('at ') },
    })
    // Of two pipes, which are read in no order of their own.
    for (const said of ['"message":"worker stopped"', 'E_FAULT: a fault']) expect(doomed.readOutput()).toContain(said)

    await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 0, failures: 0 })
    const moves = await listAudit(ledger, { app, action: 'job.transition', limit: 10 })
    expect(moves.map(({ detail }) => detail.reason)).toContain('handed-over')
    await assertInvariants(ledger)
  },
)
