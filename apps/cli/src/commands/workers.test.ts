import type { WorkerView } from '@stevedore/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../run.ts'
import { answerJson, startStubApi } from '../testing/stub-api.ts'

let printed: string[] = []
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)))
})
afterEach(() => vi.restoreAllMocks())

const at = new Date(Date.now() - 5_000).toISOString()
const worker: WorkerView = {
  ...{ id: 'one', version: '1.2.0', kinds: ['build', 'deploy'], concurrency: 4, running: 2, sites: ['docker'] },
  ...{ away: [], live: true, startedAt: at, seenAt: at },
}
const away = [{ site: 'docker', since: at, reason: 'connection refused' }]

async function show(items: WorkerView[], ...more: string[]): Promise<string> {
  await using api = await startStubApi({
    'GET /v1/workers': (_request, reply) => answerJson(reply, { items, next: null }),
  })
  expect(await run(['workers', '--url', api.url, ...more])).toBe(0)
  return printed.join('\n')
}

test('each worker is a row; what does not answer one that lives is told below', async () => {
  const old = { version: null, concurrency: null }
  const items = [
    worker,
    { ...worker, id: 'two', away },
    { ...worker, id: 'three', kinds: [] },
    { ...worker, ...old, id: 'four', live: false, away },
  ]
  const lines = (await show(items)).split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))
  expect(lines[0]).toMatch(/WORKER \| VERSION \| STATE \| TAKES \| RUNNING \| STARTED \| SEEN/)
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^one \| 1\.2\.0 \| ready \| build, deploy \(4 of each\) \| 2 \| \d\S* s ago/),
    expect.stringMatching(/^two \| 1\.2\.0 \| limited \|/),
    expect.stringMatching(/^three \| 1\.2\.0 \| drains \| - \|/),
    expect.stringMatching(/^four \| - \| lost \| build, deploy \| 2 \|/),
    expect.stringMatching(/^two: docker does not answer, since \d\S* s ago: connection refused$/),
  ])
})

test('that there is none is said with what to do, and machines get a list', async () => {
  expect(await show([])).toContain('Start one: stevedore worker')
  printed = []
  expect(JSON.parse(await show([worker], '--json'))).toEqual([worker])
})
