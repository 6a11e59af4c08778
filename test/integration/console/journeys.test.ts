import { revokeToken } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { by, claim, finish, playBuild, playDeploy } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

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
})
