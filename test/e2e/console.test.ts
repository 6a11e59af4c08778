import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  browserComponent,
  busyboxComponent,
  dockerComponent,
  findFreePort,
  gitComponent,
  haproxyComponent,
  lacks,
  registryComponent,
  startBrowser,
  type TestBrowser,
  type TestPage,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { release } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'

// A whole story with real builds and deploys: on a machine that is busy with more it takes its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })

const needed = [browserComponent, gitComponent, dockerComponent, registryComponent, busyboxComponent, haproxyComponent]

describe.skipIf(lacks(...needed))('a person with nothing but a browser', () => {
  let stage: Stage
  let browser: TestBrowser
  let page: TestPage['page']
  let complaints: string[]

  beforeAll(async () => {
    ;[stage, browser] = await Promise.all([setStage(), startBrowser()])
    await release(stage, '1.0.0')
    ;({ page, complaints } = await browser.openPage())
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.clear()
  })

  const answer = async (port: number) => (await (await fetch(`http://127.0.0.1:${port}/version`)).text()).trim()
  const act = async (name: string, fill: Record<string, string> = {}, confirm = name) => {
    await page.locator('.page-head').getByRole('button', { name, exact: true }).click()
    const dialog = page.getByRole('dialog')
    for (const [field, value] of Object.entries(fill)) await dialog.getByLabel(field).fill(value)
    await dialog.getByRole('button', { name: confirm, exact: true }).click()
  }
  /** The page of the job follows it to its end. */
  const follow = async (heading: string) => {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.locator('.about').getByText('succeeded').or(page.getByText('What to do:')).waitFor()
    expect(await page.locator('main').textContent()).not.toContain('What to do:')
  }
  /** Then back to its app. */
  const watch = async (heading: string) => {
    await follow(heading)
    await page.getByRole('navigation', { name: 'Where this lies' }).getByRole('link').first().click()
    await page.getByRole('heading', { level: 1, name: stage.app }).waitFor()
  }

  test('declares an app, builds and deploys two versions, and goes back to the first', async () => {
    const port = await findFreePort()
    await page.goto(`${stage.server.url}/`)
    const token = await readFile(join(stage.settings.STEVEDORE_DATA_DIR ?? '', 'token'), 'utf8')
    await page.getByLabel(/token/i).fill(token.trim())
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Declare an app' }).first().click()

    const [app, staging] = ['The app', 'Environment staging'].map((name) => page.getByRole('group', { name }))
    const name = app!.getByLabel('Name', { exact: true })
    const onHost = staging!.getByLabel('Port on the host')
    await name.fill('Hello World')
    await app!.getByLabel('Git repository').fill(stage.repository.url)
    await onHost.fill('80')
    await page.getByRole('button', { name: 'Declare', exact: true }).click()
    await page.getByRole('alert').waitFor()
    for (const [field, says] of [
      [name, /lower-case|small letters/],
      [onHost, /1024/],
    ] as const) {
      expect(await field.getAttribute('aria-invalid'), String(says)).toBe('true')
      expect(await field.locator('..').textContent()).toMatch(says)
    }
    await name.fill(stage.app)
    await onHost.fill(String(port))
    await page.getByRole('button', { name: 'Declare', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: stage.app }).waitFor()

    await act('Build', { Version: '1.0.0' })
    await watch(`build ${stage.app}`)
    await act('Deploy')
    await watch(`deploy ${stage.app} to staging`)
    expect(await answer(port)).toBe('1.0.0')

    await release(stage, '1.1.0')
    await act('Build', { 'Branch, tag or commit': '1.1.0', Version: '1.1.0' })
    await follow(`build ${stage.app}`)
    await act('Deploy it', {}, 'Deploy')
    await watch(`deploy ${stage.app} to staging`)
    expect(await answer(port)).toBe('1.1.0')

    await page.getByRole('link', { name: 'staging', exact: true }).click()
    await page.getByRole('link', { name: `http://localhost:${port}` }).waitFor()
    await act('Roll back')
    await watch(`roll back ${stage.app} in staging`)
    expect(await answer(port)).toBe('1.0.0')
    expect(complaints.filter((one) => !one.includes('status of 4'))).toEqual([])
  })
})
