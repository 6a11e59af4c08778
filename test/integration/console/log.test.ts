import { appendLog } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec } from '@stevedore/testkit'
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
    const { page, complaints } = await stage.open(`/console/jobs/${job.id}/log`)
    await page.getByText('1,000,000 lines').waitFor()
    await page.getByText('line 1000000', { exact: true }).waitFor()
    expect(await page.evaluate<number>(nodes)).toBeLessThan(500)
    const box = page.getByRole('region', { name: 'Output' })
    await box.focus()
    await page.keyboard.press('Home')
    await page.getByText('line 1', { exact: true }).waitFor()
    await page.goto(`${stage.api.address}/console/jobs/${job.id}/log?line=777777`)
    await page.getByText('line 777777', { exact: true }).waitFor()
    expect(await page.locator('.row.named').textContent()).toContain('line 777777')
    expect(await page.evaluate<number>(nodes)).toBeLessThan(500)
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

  test('is copied without its numbers', async () => {
    const { job, print } = await startJob()
    await print('first\nsecond\n')
    const { page } = await stage.open(`/console/jobs/${job.id}/log`)
    await page.getByText('second').waitFor()
    const copied = await page.evaluate<string>(
      "getSelection().selectAllChildren(document.querySelector('.log-rows')), String(getSelection())",
    )
    expect(copied.trim().split('\n')).toEqual(['first', 'second'])
  })
})
