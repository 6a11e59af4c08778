import { activateRevision, appendEvents, revokeToken } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { by, claim, finish, playBuild, playDeploy, playRevision } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage, tabTo } from './stage.ts'

describe.skipIf(lacks(browserComponent))('a person', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
    await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
    await playBuild(stage.api)
    await playDeploy(stage.api)
    await playBuild(stage.api, { version: '1.1.0' })
  })
  afterAll(() => stage?.close())

  test('signs in, deploys by the keyboard alone, and watches it come to its end', async () => {
    const { page, complaints } = await stage.open('/console/apps/shop/staging')
    await page.getByRole('button', { name: 'Deploy' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Deploy shop to staging' })
    await dialog.getByLabel('Version').focus()
    await page.keyboard.type('1.1.0')
    await dialog.getByRole('button', { name: 'Deploy' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'deploy shop to staging' }).waitFor()

    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    const { body } = await stage.api.call('GET', `/v1/jobs/${id}`)
    expect(body.request).toMatchObject({ kind: 'deploy', version: '1.1.0' })
    const job = await claim(stage.api, id)
    await page.locator('.page-head').getByText('running').waitFor()
    const failure = { code: 'never-healthy' as const, message: 'No replica became healthy.', diagnosis: 'exit 137' }
    await finish(stage.api, job, { to: 'failed', failure })
    await page.getByRole('heading', { name: /It failed: never-healthy/ }).waitFor()
    await page.getByText('exit 137').waitFor()
    await page.getByText('What to do:').waitFor()
    expect(complaints).toEqual([])
  })

  test('signs in, deploys, watches, promotes and rolls back by the keyboard alone', async () => {
    const { api } = stage
    await playDeploy(api, { environment: 'production' })
    const { page, complaints } = await stage.open('/console')
    const { keyboard } = page
    const press = async (name: string, within: Pick<typeof page, 'getByRole'> = page) => {
      await tabTo(page, within.getByRole('button', { name, exact: true }))
      await keyboard.press('Enter')
    }
    const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
    await press('Sign out')
    await page.getByLabel('A token').waitFor()
    await keyboard.type(api.admin)
    await keyboard.press('Enter')
    await heading('Overview')

    await tabTo(page, page.locator('main a[href="/console/apps/shop/production"]'))
    await keyboard.press('Enter')
    await heading('production')
    await press('Deploy')
    const deploy = page.getByRole('dialog', { name: 'Deploy shop to production' })
    await tabTo(page, deploy.getByLabel('Version'))
    await keyboard.type('1.1.0')
    await tabTo(page, deploy.getByLabel('Strategy'))
    await keyboard.type('canary')
    await press('Deploy', deploy)
    await heading('deploy shop to production')
    await page.getByText('It waits for somebody else than who asked for it to approve it.').waitFor()

    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await api.call('POST', `/v1/jobs/${id}/approve`, { token: await api.createToken('approver') })
    const { number } = await playToPause(api, id)
    await page.getByText('The rollout is paused until somebody promotes or resumes it.').waitFor()
    await page.getByText(`Traffic over time: now r1 90 %, r${number} 10 %`).waitFor()
    await press('Promote')
    await press('Promote', page.getByRole('dialog'))
    await page.getByRole('button', { name: 'Promote', exact: true }).first().waitFor({ state: 'detached' })
    await playToEnd(api, id, number)
    await page.locator('.page-head').getByText('succeeded').waitFor()

    await tabTo(
      page,
      page.getByRole('navigation', { name: 'Where this lies' }).getByRole('link', { name: 'production' }),
    )
    await keyboard.press('Enter')
    await heading('production')
    await press('Roll back')
    const rollback = page.getByRole('dialog', { name: 'Roll back shop in production' })
    await tabTo(page, rollback.getByLabel('Type shop to go on'))
    await keyboard.type('shop')
    await press('Roll back', rollback)
    await heading('roll back shop in production')
    const jobs = (await api.call('GET', '/v1/jobs?app=shop&environment=production')).body.items
    expect(jobs.slice(0, 2)).toMatchObject([
      { kind: 'rollback', environment: 'production', state: 'queued' },
      { id, state: 'succeeded', request: { version: '1.1.0', strategy: 'canary' } },
    ])
    await api.call('POST', `/v1/jobs/${jobs[0].id}/cancel`)
    const { body: audit } = await api.call('GET', `/v1/audit?job=${id}&action=job.promote`)
    expect(audit.items).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  test('escapes a dialog, and nothing was asked', async () => {
    const { page } = await stage.open('/console/apps/shop/staging')
    await page.getByRole('button', { name: 'Remove' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove shop from staging' })
    await dialog.getByRole('textbox').fill('shop production')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    expect(await dialog.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    const { body } = await stage.api.call('GET', '/v1/jobs?app=shop&state=queued,running,waiting')
    expect(body.items).toEqual([])
  })

  test('declares an app, and is told each fault at its path', async () => {
    const { page } = await stage.open('/console/declare')
    const field = page.getByLabel('Spec, as YAML or JSON')
    await field.fill('app: fresh\nenvironments:\n  staging: { engine: docker, port: 99, replicas: 0 }\n')
    await page.getByRole('button', { name: 'Declare' }).click()
    await page.getByRole('alert').getByText('environments.staging.replicas').waitFor()
    expect(await field.inputValue()).toContain('replicas: 0')
    await field.fill('app: fresh\nenvironments:\n  staging: { engine: docker, port: 9099, env: { VERSION: 1.10 } }\n')
    await page.getByRole('button', { name: 'Declare' }).click()
    await page.getByRole('heading', { level: 1, name: 'fresh' }).waitFor()
    const { body } = await stage.api.call('GET', '/v1/apps/fresh')
    expect(body.spec.environments.staging.env).toEqual({ VERSION: '1.10' })
  })

  test('declares several apps by one text, or none of them', async () => {
    const { page } = await stage.open('/console/declare')
    const field = page.getByLabel('Spec, as YAML or JSON')
    const write = (replicas: number) =>
      field.fill(
        `apps:\n  one:\n    environments:\n      staging: { engine: docker, port: 9111 }\n  two:\n    environments:\n      staging: { engine: docker, port: 9112, replicas: ${replicas} }\n`,
      )
    await write(0)
    await page.getByRole('button', { name: 'Declare' }).click()
    await page.getByRole('alert').getByText('apps.two.environments.staging.replicas').first().waitFor()
    expect((await stage.api.call('GET', '/v1/apps/one')).status).toBe(404)
    await write(1)
    await page.getByRole('button', { name: 'Declare' }).click()
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    expect((await stage.api.call('GET', '/v1/apps/two')).status).toBe(200)
  })

  test('whose token is revoked is led to the sign-in, and back to where they were', async () => {
    const token = await stage.api.createToken('viewer')
    const { page } = await stage.open('/console/apps/shop', { token })
    await page.locator('.banner').waitFor({ state: 'detached' })
    const { body } = await stage.api.call('GET', '/v1/me', { token })
    await revokeToken(stage.api.ledger, { id: body.token.id, by })
    await page.waitForURL(/\/sign-in\?to=%2Fconsole%2Fapps%2Fshop$/)
  })

  test('is told what the keys are, and goes by them', async () => {
    const { page } = await stage.open('/console/apps/shop')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })

  test('goes by keys that come in the moment a dialog closes', async () => {
    const { page } = await stage.open('/console/apps/shop')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    // All in one task: the dialog’s own `close` event comes after it.
    await page.evaluate(`
      document.querySelector('dialog').close()
      for (const key of ['g', 'o']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))`)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })
})

/** A canary up to the pause that somebody has to end. */
async function playToPause(api: TestApi, id: string) {
  const job = await claim(api, id)
  const revision = await playRevision(api, job, 'canary')
  const weights = { 1: 90, [revision.number]: 10 }
  const event = { type: 'traffic.shifted', data: { weights } } as const
  await appendEvents(api.ledger, { jobId: id, attempt: job.attempt, events: [event] })
  await finish(api, job, { to: 'waiting', waitingFor: 'promotion' })
  return revision
}

async function playToEnd(api: TestApi, id: string, number: number): Promise<void> {
  const job = await claim(api, id)
  const message = { jobId: id, attempt: job.attempt, app: 'shop', environment: 'production', number, by }
  await activateRevision(api.ledger, { ...message, pin: false, unpin: true })
  await finish(api, job)
}
