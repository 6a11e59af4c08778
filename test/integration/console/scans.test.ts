import type { ScanReport } from '@stevedore/contract'
import { browserComponent, lacks, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claim, finish, playBuild } from '../api/play-worker.ts'
import { type ConsoleStage, excessWidth, expectAccessible, openConsoleStage } from './stage.ts'

const markup = '<img src=x onerror="document.title=\'owned\'">'
const image = `registry.example.com/tools/trivy@sha256:${'b'.repeat(64)}`
const at = '2026-03-01T12:00:00.000Z'
const scan: ScanReport = {
  ...{ tool: 'trivy', image, toolVersion: '0.68.1', databaseBuiltAt: at, scannedAt: at },
  ...{ counts: { unknown: 0, low: 5, medium: 0, high: 2, critical: 0 }, ignored: 1, unfixed: 0, expired: [] },
  findings: [
    { id: 'CVE-2026-1001', severity: 'high', package: 'openssl', installed: '3.0.1', fixed: '3.0.9' },
    { id: 'CVE-2026-1002', severity: 'high', package: markup, installed: '1.2.11', fixed: null },
  ],
}

describe.skipIf(lacks(browserComponent))('what a scan found is told to who may only read', () => {
  let stage: ConsoleStage
  let token: string
  beforeAll(async () => {
    stage = await openConsoleStage()
    const body = { ...sampleSpec(), scan: { tool: 'trivy' as const, image, fail: 'critical' as const } }
    await stage.api.call('PUT', '/v1/apps/shop', { body })
    token = await stage.api.createToken('viewer')
    await playBuild(stage.api, { version: '1.0.0', scan })
    await playBuild(stage.api, { version: '0.9.0' })
  })
  afterAll(() => stage?.close())

  test('of each image by severity, and on the page of its build with the findings', async () => {
    const opened = await stage.open('/console/apps/shop', { token })
    const { page, complaints } = opened
    await page.getByRole('row', { name: /^1\.0\.0 .*2 high, 5 low/ }).waitFor()
    await page.getByRole('row', { name: /^0\.9\.0 .*not scanned/ }).waitFor()
    await page.getByRole('rowheader', { name: '1.0.0' }).getByRole('link').click()
    const findings = page.getByRole('table', { name: 'Findings in production, the worst first' })
    await findings.getByRole('row', { name: 'CVE-2026-1001 high openssl 3.0.1 3.0.9' }).waitFor()
    await findings.getByRole('row', { name: `CVE-2026-1002 high ${markup} 1.2.11 no fix yet` }).waitFor()
    for (const told of ['And 5 more, none of them worse.', 'what is critical fails the build', 'by trivy 0.68.1'])
      await page.getByText(told).waitFor()
    await page.setViewportSize({ width: 320, height: 900 })
    expect(await page.evaluate(excessWidth)).toBe(0)
    await expectAccessible(opened, 'a scanned build')
    expect(complaints).toEqual([])
  })

  test('also of an image that did not pass', async () => {
    const { api } = stage
    const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop', version: '2.0.0' } })
    const diagnosis = '1 of severity critical or worse:\ncritical CVE-2026-2001: zlib 1.2.11, fixed in 1.3.1'
    const failure = { code: 'vulnerabilities-found' as const, message: 'The scan found too much.', diagnosis }
    await finish(api, await claim(api, body.id), { to: 'failed', failure })
    const { page } = await stage.open(`/console/jobs/${body.id}`, { token })
    await page.getByText('critical CVE-2026-2001: zlib 1.2.11, fixed in 1.3.1').waitFor()
    await page.getByText('in the image that did not pass stands above').waitFor()
  })
})
