import { recordBackup } from '@stevedore/ledger'
import { browserComponent, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConsoleSample, recordSample } from '../../harness/console-sample.ts'
import { type ConsoleStage, excessWidth, expectAccessible, openConsoleStage, tabTo } from './stage.ts'

const screens = ['queue', 'approvals', 'audit', 'access', 'system']

describe.skipIf(lacks(browserComponent))('what is at the desk', () => {
  let stage: ConsoleStage
  let sample: ConsoleSample
  beforeAll(async () => {
    stage = await openConsoleStage()
    sample = await recordSample(stage.api)
    await stage.api.call('PUT', '/v1/secrets/DATABASE_URL?app=shop', { body: { value: 'postgres://hidden' } })
  })
  afterAll(() => stage?.close())

  test.each(screens)('%s: accessible in both themes, no sideways scrolling, within its policy', async (name) => {
    const opened = await stage.open(`/console/${name}`)
    const { page, complaints, origins } = opened
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      for (const width of [320, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 })
        expect(await page.evaluate(excessWidth), `${name} at ${width}`).toBe(0)
      }
      await expectAccessible(opened, `${name}, ${colorScheme}`)
    }
    expect(complaints).toEqual([])
    expect([...origins]).toEqual([stage.api.address])
  })

  test.each(screens)('%s: a viewer of one app sees no act', async (name) => {
    const { page } = await stage.open(`/console/${name}`, {
      token: await stage.api.createToken('viewer', { app: 'shop' }),
    })
    const words = await page.getByRole('button').allTextContents()
    const acts = words.map((word) => word.trim()).filter((word) => !/^(Keys|Sign out|Menu|Filter|Export|$)/.test(word))
    expect(acts).toEqual([])
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('who asked for a deploy is told why it is not theirs to approve; another approves it by the keyboard alone', async () => {
    const asker = await stage.open('/console/approvals')
    await asker.page.getByText('You asked for it yourself').waitFor()
    expect(await asker.page.getByRole('button', { name: 'Approve' }).count()).toBe(0)

    const { page } = await stage.open('/console/approvals', { token: await stage.api.createToken('approver') })
    await tabTo(page, page.getByRole('button', { name: 'Approve' }))
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('production').first().waitFor()
    await tabTo(page, dialog.getByRole('button', { name: 'Approve' }))
    await page.keyboard.press('Enter')
    await page.getByText('No deploy waits for approval.').waitFor()
    const { body } = await stage.api.call('GET', `/v1/jobs/${sample.awaiting}`)
    expect(body.waitingFor).not.toBe('approval')
  })

  test('how old the newest backup is, is told to whom the whole server is, and how to make a first one', async () => {
    const { page } = await stage.open('/console/system')
    await page.getByText('none was ever made').waitFor()
    await page.getByText('stevedore backup --to FOLDER').waitFor()
    const tables = [{ name: 'jobs', file: 'jobs', rows: 3, bytes: 1_500, sha256: '' }]
    await recordBackup(stage.api.ledger, { tables } as never, { actor: 'system', correlationId: 'test' })
    await page.reload()
    await page.getByText(/the newest was made .+ by .+, 1\.5 kB/).waitFor()

    const ofApp = await stage.open('/console/system', { token: await stage.api.createToken('admin', { app: 'shop' }) })
    expect(await ofApp.page.getByText('Backup').count()).toBe(0)
  })

  test('a token is created, shown once, and revoked', async () => {
    const { page } = await stage.open('/console/access')
    await page.getByRole('button', { name: 'Create a token' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('desk')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const token = await page.getByRole('textbox', { name: 'The token', exact: true }).inputValue()
    expect(token).toMatch(/^stv_/)
    expect((await stage.api.call('GET', '/v1/me', { token })).body).toMatchObject({
      token: {
        name: 'desk',
        role: 'viewer',
      },
    })
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Revoke desk' }).waitFor()
    expect(await page.content()).not.toContain(token)

    await page.getByRole('button', { name: 'Revoke desk' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('button', { name: 'Revoke desk' }).waitFor({ state: 'detached' })
    expect((await stage.api.call('GET', '/v1/me', { token })).status).toBe(401)
  })

  test('the audit is sought by its address, an entry is told whole, and the chain verified', async () => {
    const { page } = await stage.open('/console/audit?app=blog&action=app.declared')
    expect(await page.getByRole('textbox', { name: 'App' }).inputValue()).toBe('blog')
    await page.locator('tbody tr').first().locator('th a').click()
    await page.getByRole('heading', { name: /^Entry \d+/ }).waitFor()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText(/All \d+ entries hold/).waitFor()
  })

  test('what others named stays text', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const { page, complaints } = await stage.open(`/console/audit?actor=${encodeURIComponent(name)}`)
    expect(await page.getByRole('textbox', { name: 'Actor' }).inputValue()).toBe(name)
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})
