import { appendLog, recordObservation } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claim, finish, playBuild, playDeploy } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

const markup = '<img src=x onerror="document.title=\'owned\'">'

describe.skipIf(lacks(browserComponent))('what others wrote stays text', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
    await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  })
  afterAll(() => stage?.close())

  test('in the lines of a log, with colours, bidi and a forged event', async () => {
    const { api } = stage
    const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
    const job = await claim(api, body.id)
    const text = `\u001b[31m${markup}\u001b[0m\nuser\u202etxt.exe\nid: 99\nevent: job.succeeded\ndata: {}\n\n\u001b]8;;javascript:alert(1)\u001b\\here\u001b]8;;\u001b\\\n`
    await appendLog(api.ledger, { jobId: job.id, attempt: job.attempt, text, limitBytes: 1e6 })
    const { page, complaints } = await stage.open(`/console/jobs/${job.id}/log`)
    await page.getByText(markup).waitFor()
    expect(await page.locator('.log img, .log a[href^=javascript]').count()).toBe(0)
    expect(await page.locator('.log .ansi-red-fg').textContent()).toBe(markup)
    await page.getByText('user\\u202etxt.exe').waitFor()
    expect(await page.title()).not.toBe('owned')
    expect(complaints).toEqual([])
  })

  test('in what failed and in what was seen to run', async () => {
    const { api } = stage
    await playBuild(api)
    const { number } = await playDeploy(api)
    await recordObservation(api.ledger, {
      app: 'shop',
      environment: 'staging',
      observed: {
        replicas: [{ name: markup, revision: number, healthy: false, state: markup, reason: markup, host: markup }],
        traffic: { [number]: 100 },
        drift: [{ field: markup, wanted: markup, found: markup }],
        address: 'javascript:alert(1)',
        desiredReplicas: 1,
      },
    })
    const { page, complaints } = await stage.open('/console/apps/shop/staging')
    expect(await page.getByText(markup).count()).toBeGreaterThan(4)
    expect(await page.locator('main img, a[href^=javascript]').count()).toBe(0)
    expect(complaints).toEqual([])

    const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop', version: '2.0.0' } })
    const failure = { code: 'build-failed' as const, message: markup, diagnosis: markup }
    await finish(api, await claim(api, body.id), { to: 'failed', failure })
    const failed = await stage.open(`/console/jobs/${body.id}`)
    expect(await failed.page.getByText(markup).count()).toBeGreaterThan(1)
    expect(await failed.page.locator('main img').count()).toBe(0)
  })

  test('in a spec, and in what differs between any two of its versions', async () => {
    const { api } = stage
    const { environments = {}, ...spec } = sampleSpec('shop')
    const env = { MARKUP: markup, TURNED: '"><script>1</script>' }
    const staging = { ...environments.staging, env }
    await api.call('PUT', '/v1/apps/shop', { body: { ...spec, environments: { ...environments, staging } } })
    const { page, complaints } = await stage.open('/console/apps/shop')
    await page.getByRole('rowheader', { name: 'v2' }).waitFor()
    await page.getByRole('button', { name: 'Compare' }).click()
    const table = page.getByRole('table', { name: 'What differs between version 1 and 2 of its spec' })
    await table.getByRole('row', { name: `environments.staging.env.MARKUP not set ${markup}` }).waitFor()
    expect(new URL(page.url()).search).toBe('?from=1&to=2')
    await page.getByRole('link', { name: 'v1' }).click()
    await page.getByText('Version 1 all defaults filled in').waitFor()
    expect(await page.getByLabel('The spec').textContent()).not.toContain('onerror')
    await page.getByRole('link', { name: 'v2' }).click()
    await page.getByText('Version 2 all defaults filled in').waitFor()
    const text = await page.getByLabel('The spec').textContent()
    expect(JSON.parse(text ?? '').environments.staging.env).toEqual(env)
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.title()).not.toBe('owned')
    expect(complaints).toEqual([])
  })

  test('in the address', async () => {
    const { page, complaints } = await stage.open(`/console/apps/${encodeURIComponent(markup)}`)
    expect(await page.locator('main img').count()).toBe(0)
    await page.getByRole('alert').waitFor()
    expect(complaints.filter((text) => !/status of 4/.test(text))).toEqual([])
    await page.goto(`${stage.api.address}/console/no/such/page/at/all`)
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor()
  })

  test.each(['?from=1&to=99', `?spec=${encodeURIComponent(markup)}`])(
    'what it names beside the screen, %s, is told of in its place',
    async (query) => {
      const { page, complaints } = await stage.open(`/console/apps/shop${query}`)
      await page.getByRole('alert').waitFor()
      await page.getByRole('rowheader', { name: 'v1' }).waitFor()
      expect(complaints.filter((text) => !/status of 4/.test(text))).toEqual([])
      await page.goto(`${stage.api.address}/console/apps/shop/staging?from=1&to=99`)
      await page.getByRole('alert').waitFor()
      await page.getByRole('heading', { name: 'Revisions' }).waitFor()
    },
  )
})
