import { appendLog } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec, type TestPage } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claim, finish } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

const million = 1_000_000
const nodes = "document.querySelectorAll('.log *').length"
/** At a step, so that a piece is written at once. */
const pieceLines = 50_000

describe.skipIf(lacks(browserComponent))('a log', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
    await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  })
  afterAll(() => stage?.close())

  async function startJob() {
    const { body } = await stage.api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
    const job = await claim(stage.api, body.id)
    const print = (text: string) =>
      appendLog(stage.api.ledger, { jobId: job.id, attempt: job.attempt, text, limitBytes: 2 ** 27 })
    return { job, print }
  }

  test('of a million lines stays small, and each line can be reached', async () => {
    const { job, print } = await startJob()
    for (let from = 0; from < million; from += pieceLines)
      await print(Array.from({ length: pieceLines }, (_, index) => `line ${from + index + 1}\n`).join(''))
    await finish(stage.api, job)
    const asked: string[] = []
    const { page, complaints } = await stage.open(`/console/jobs/${job.id}/log`, {
      prepare: async (page) =>
        page.on('request', (request) => /\/logs\?/.test(request.url()) && asked.push(new URL(request.url()).search)),
    })
    // It is opened at its end, with the right numbers, and what is before is not read.
    await page.getByText('line 1000000', { exact: true }).waitFor()
    await page.getByText('the first 995,000 of which are not read yet').waitFor()
    expect(
      await page
        .locator('.row', { hasText: /^line 1000000$/ })
        .locator('a')
        .getAttribute('data-line'),
    ).toBe('1000000')
    expect(asked[0]).toBe('?follow=1&tail=5000')
    expect(asked.filter((query) => query.includes('offset=0'))).toEqual([])
    expect(await page.evaluate<number>(nodes)).toBeLessThan(500)

    const box = page.getByRole('region', { name: 'Output' })
    await box.focus()
    await page.keyboard.press('Home')
    await page.getByText('line 1', { exact: true }).waitFor()
    await page
      .getByText(/not read yet|of which/)
      .first()
      .waitFor({ state: 'detached' })
    expect(asked.filter((query) => query === '?offset=0')).toHaveLength(1)
    expect(await page.evaluate<number>(nodes)).toBeLessThan(500)
    expect(await measureHeap(page)).toBeLessThan(150 * 2 ** 20)

    await page.goto(`${stage.api.address}/console/jobs/${job.id}/log?line=777777`)
    await page.getByText('line 777777', { exact: true }).waitFor()
    expect(await page.locator('.row.named').textContent()).toContain('line 777777')
    expect(await page.evaluate<number>(nodes)).toBeLessThan(500)
    // A search looks through all of it, also what was not read.
    await page.goto(`${stage.api.address}/console/jobs/${job.id}/log?q=line%20123456`)
    await page.getByText('1 line', { exact: true }).waitFor()
    await page.getByRole('searchbox').focus()
    await page.keyboard.press('Enter')
    await page.getByText('line 123456', { exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  test('is followed at its end, and left alone by who reads further up; a search leads to its lines', async () => {
    const { job, print } = await startJob()
    await print(Array.from({ length: 300 }, (_, index) => `line ${index + 1}\n`).join(''))
    const { page } = await stage.open(`/console/jobs/${job.id}/log`)
    await page.getByText('line 300', { exact: true }).waitFor()
    await print('the end comes into sight\n')
    await page.getByText('the end comes into sight').waitFor()
    await page.getByRole('region', { name: 'Output' }).focus()
    await page.keyboard.press('Home')
    await page.getByText('line 1', { exact: true }).waitFor()
    await print('later\n')
    await page.getByText('302 lines').waitFor()
    expect(await page.getByText('line 1', { exact: true }).count()).toBe(1)

    await page.keyboard.press('/')
    await page.keyboard.type('LINE 150')
    await page.keyboard.press('Enter')
    await page.getByText('1 line', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('line 150', { exact: true }).waitFor()
    expect(page.url()).toContain('q=LINE%20150')
  })

  test('is copied without its numbers; a colour holds over the end of its line', async () => {
    const { job, print } = await startJob()
    await print('\u001b[31mfirst\nsecond\u001b[39m\n')
    const { page } = await stage.open(`/console/jobs/${job.id}/log`)
    await page.getByText('second').waitFor()
    const copied = await page.evaluate<string>(
      "getSelection().selectAllChildren(document.querySelector('.log-rows')), String(getSelection())",
    )
    expect(copied.trim().split('\n')).toEqual(['first', 'second'])
    expect(await page.locator('.ansi-red-fg').allTextContents()).toEqual(['first', 'second'])
  })
})

/** What the scripts of a page hold, with what is outside of the heap, in bytes. */
async function measureHeap(page: TestPage['page']): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
  return usedSize + embedderHeapUsedSize + backingStorageSize
}
