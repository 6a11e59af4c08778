import { readFile } from 'node:fs/promises'
import { activateRevision } from '@stevedore/ledger'
import { browserComponent, lacks, type TestPage } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declareHookedShop, push, signHex } from '../api/hooked-shop.ts'
import { by, claim, finish, playBuild, playDeploy, playRevision } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

type Page = TestPage['page']

describe.skipIf(lacks(browserComponent))('an act', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
    await declareHookedShop(stage.api)
    await playBuild(stage.api)
    await playDeploy(stage.api)
  })
  afterAll(() => stage?.close())

  const ask = async (path: string) => (await stage.api.call('GET', path)).body
  const goTo = (page: Page, path: string) => page.goto(stage.api.address + path)
  const requestJob = async (body: object): Promise<string> =>
    (await stage.api.call('POST', '/v1/jobs', { body: { app: 'shop', ...body } })).body.id
  const findLast = async (query: string) => (await ask(`/v1/audit?order=desc&limit=1&${query}`)).items[0]
  const showsJob = async (page: Page) => {
    await page.waitForURL(/\/console\/jobs\/[^/]+$/)
    return page.url().split('/').at(-1) ?? ''
  }

  test('on a secret: it is set, replaced, and removed, and its value is nowhere', async () => {
    const { page } = await stage.open('/console/access')
    await page.getByRole('button', { name: 'Store a secret' }).click()
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('API_KEY')
    await page.getByRole('dialog').getByRole('combobox').selectOption('shop')
    await page.getByRole('textbox', { name: /^Value/ }).fill('first\nvalue')
    await confirm(page, 'Store')
    const first = await ask('/v1/secrets/API_KEY?app=shop')
    expect(first).toMatchObject({ name: 'API_KEY', app: 'shop', environment: null, version: 1 })
    await page.getByText(first.fingerprint, { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Replace API_KEY for shop' }).click()
    await page.getByRole('textbox', { name: /^Value/ }).fill('other-value')
    await confirm(page, 'Store')
    expect(await ask('/v1/secrets/API_KEY?app=shop')).toMatchObject({ version: 2 })
    expect(await page.content()).not.toMatch(/first\nvalue|other-value/)
    expect(await findLast('action=secret.set')).toMatchObject({ app: 'shop', detail: { name: 'API_KEY' } })

    await page.getByRole('button', { name: 'Remove API_KEY for shop' }).click()
    await confirm(page, 'Remove')
    await page.getByRole('button', { name: 'Remove API_KEY for shop' }).waitFor({ state: 'detached' })
    expect((await stage.api.call('GET', '/v1/secrets/API_KEY?app=shop')).status).toBe(404)
    expect(await findLast('action=secret.removed')).toMatchObject({ app: 'shop', detail: { name: 'API_KEY' } })
  })

  test('on the audit: what the filter finds is downloaded', async () => {
    const { page } = await stage.open('/console/audit?app=shop&action=job.requested')
    const { items } = await ask('/v1/audit?order=desc&app=shop&action=job.requested&limit=200')
    const save = async (format: string) => {
      await page.getByRole('button', { name: 'Export' }).click()
      await page.getByRole('dialog').getByRole('combobox').selectOption(format)
      const [download] = await Promise.all([page.waitForEvent('download'), confirm(page, 'Download')])
      expect(download.suggestedFilename()).toMatch(new RegExp(`^audit-\\d{4}-\\d\\d-\\d\\d\\.${format}$`))
      return readFile(await download.path(), 'utf8')
    }
    const lines = (await save('jsonl')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(items)
    const [head, ...rows] = (await save('csv')).trimEnd().split('\r\n')
    expect(head).toBe('seq,at,actor,action,app,environment,jobId,detail,hash')
    expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(items.map(({ seq }: { seq: number }) => seq))
  })

  test('on a delivery: it is judged once more', async () => {
    const body = JSON.stringify(push)
    const headers = {
      'x-github-event': 'push',
      'x-github-delivery': 'told-once',
      'x-hub-signature-256': `sha256=${signHex(body)}`,
    }
    const { jobs } = (await stage.api.call('POST', '/v1/webhooks/github/shop', { token: null, body, headers })).body
    const { page } = await stage.open('/console/system?app=shop')
    await page.getByRole('button', { name: 'Redeliver told-once' }).click()
    await confirm(page, 'Redeliver')
    await page.getByText('It started a job.').waitFor()
    const { items } = await ask('/v1/apps/shop/deliveries')
    expect(items[0]).toMatchObject({ redeliveryOf: items[1].id, jobs: [expect.any(String)] })
    expect(items[0].jobs).not.toEqual(jobs)
    expect(await findLast(`job=${items[0].jobs[0]}&action=job.requested`)).toMatchObject({ app: 'shop' })
  })

  test('on what waits for approval: it is tried dry, and rejected', async () => {
    const id = await requestJob({ kind: 'deploy', environment: 'production', version: '1.0.0' })
    const { page } = await stage.open('/console/approvals')
    await page.getByRole('button', { name: 'Dry run' }).click()
    await confirm(page, 'Dry run')
    expect(await ask(`/v1/jobs/${await showsJob(page)}`)).toMatchObject({
      request: { kind: 'deploy', dryRun: true },
      environment: 'production',
    })

    await goTo(page, '/console/approvals')
    await page.getByRole('button', { name: 'Reject' }).click()
    await confirm(page, 'Reject')
    await page.getByText('No deploy waits for approval.').waitFor()
    expect(await ask(`/v1/jobs/${id}`)).toMatchObject({ state: 'failed', error: { code: 'rejected' } })
    expect(await findLast(`job=${id}&action=job.reject`)).toBeDefined()
  })

  test('on a rollout: it is paused, goes on, and is aborted', async () => {
    const id = await requestJob({ kind: 'deploy', environment: 'staging', version: '1.0.0', strategy: 'canary' })
    const job = await claim(stage.api, id)
    const { page } = await stage.open(`/console/jobs/${id}`)
    await act(page, 'Pause')
    expect(await findLast(`job=${id}&action=job.pause`)).toBeDefined()
    // `Promote` comes before it meanwhile: what has the focus stays what it was.
    await page.getByRole('button', { name: 'Resume', exact: true }).focus()
    await finish(stage.api, job, { to: 'waiting', waitingFor: 'pause' })
    await page.getByRole('button', { name: 'Promote', exact: true }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.getByRole('dialog').getByRole('heading').textContent()).toContain('Resume')
    await confirm(page, 'Resume')
    expect(await ask(`/v1/jobs/${id}`)).toMatchObject({ state: 'queued' })
    expect(await findLast(`job=${id}&action=job.resume`)).toBeDefined()

    const again = await claim(stage.api, id)
    await act(page, 'Abort')
    expect((await ask(`/v1/jobs/${id}`)).verbs).not.toContain('abort')
    expect(await findLast(`job=${id}&action=job.abort`)).toBeDefined()
    const failure = { code: 'aborted' as const, message: 'The rollout was aborted.' }
    await finish(stage.api, again, { to: 'failed', failure })
    await page.locator('.page-head').getByText('failed').waitFor()
  })

  test('on a job: it is cancelled in the queue, and asked for anew', async () => {
    const id = await requestJob({ kind: 'build', version: '3.0.0' })
    const { page } = await stage.open('/console/queue')
    const row = page.getByRole('row').filter({ has: page.locator(`a[href$="${id}"]`) })
    await row.getByRole('button', { name: 'Cancel the build of shop' }).click()
    await confirm(page, 'Cancel the job')
    await row.waitFor({ state: 'detached' })
    expect(await ask(`/v1/jobs/${id}`)).toMatchObject({ state: 'cancelled' })
    expect(await findLast(`job=${id}&action=job.cancel`)).toBeDefined()

    await goTo(page, `/console/jobs/${id}`)
    await act(page, 'Retry')
    await page.waitForURL((url) => !url.pathname.endsWith(id))
    const again = await showsJob(page)
    expect(await ask(`/v1/jobs/${again}`)).toMatchObject({
      state: 'queued',
      request: { kind: 'build', version: '3.0.0' },
    })
    expect(await findLast(`job=${id}&action=job.retry`)).toBeDefined()
  })

  test('on an environment: it is unpinned, and removed once its name is typed', async () => {
    await pinStaging()
    const { page } = await stage.open('/console/apps/shop/staging')
    await page.getByRole('button', { name: 'Unpin' }).click()
    await confirm(page, 'Unpin')
    await page.getByRole('button', { name: 'Unpin' }).waitFor({ state: 'detached' })
    expect(await ask('/v1/apps/shop/environments/staging')).toMatchObject({ pinnedBy: null })
    expect(await findLast('action=environment.unpinned')).toMatchObject({ app: 'shop', environment: 'staging' })

    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('shop staging')
    await confirm(page, 'Remove')
    const id = await showsJob(page)
    expect(await ask(`/v1/jobs/${id}`)).toMatchObject({
      environment: 'staging',
      request: { kind: 'deploy', remove: true },
    })
    expect(await findLast(`job=${id}&action=job.requested`)).toMatchObject({ environment: 'staging' })
  })

  /** As a rollback leaves it. */
  async function pinStaging(): Promise<void> {
    const job = await claim(stage.api, await requestJob({ kind: 'deploy', environment: 'staging', version: '1.0.0' }))
    const { number } = await playRevision(stage.api, job)
    const message = { jobId: job.id, attempt: job.attempt, app: 'shop', environment: 'staging', number, by }
    await activateRevision(stage.api.ledger, { ...message, pin: true, unpin: false })
    await finish(stage.api, job)
  }
})

/** An act of a page's head, and its confirmation, in the same word. */
async function act(page: Page, word: string): Promise<void> {
  await page.getByRole('button', { name: word, exact: true }).click()
  await confirm(page, word)
}

async function confirm(page: Page, word: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: word, exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
