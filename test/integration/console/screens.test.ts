import { browserComponent, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConsoleSample, recordSample } from '../../harness/console-sample.ts'
import type { TestApi } from '../../harness/test-api.ts'
import { type ConsoleStage, excessWidth, expectAccessible, openConsoleStage } from './stage.ts'

/** One with much to say, of which the last time was left out. */
async function declareSchedule(api: TestApi): Promise<void> {
  const { spec } = (await api.call('GET', '/v1/apps/shop')).body
  const command = ['sh', '-c', 'pg_dump "$DATABASE_URL" | gzip > /backups/nightly-of-the-shop-in-staging.sql.gz']
  const backup = { at: '0 2 * * *', timezone: 'America/Argentina/ComodRivadavia', command }
  const staging = { ...spec.environments.staging, schedules: { backup } }
  const environments = { ...spec.environments, staging }
  const { status, text } = await api.call('PUT', '/v1/apps/shop', { body: { ...spec, environments } })
  expect(status, text).toBe(200)
  await api.ledger.pool.query(
    `update schedules set last_due_at = now(), last_outcome = 'skipped', last_reason = $1, last_job_id = (select id from jobs limit 1)`,
    ['job 5a9e2c1e-6f0b-4a53-9b6e-0f6c3b0c9d1a of before is not over'],
  )
}

/** Of which the spec names none any more. */
async function recordCompanions({ ledger }: TestApi): Promise<void> {
  for (const name of ['database', 'a-cache-with-a-long-name'])
    await ledger.pool.query(
      `insert into services (app, environment, name, number, settings, spec_version, secrets, state, job_id, created_by, activated_at)
       select 'shop', 'staging', $1, 2, $2, 1, '[]', 'active', (select id from jobs limit 1), 'token:ada', now()`,
      [name, { image: `registry.example.com/acme/${name}:18@sha256:${'a'.repeat(64)}` }],
    )
}

type Address = (sample: ConsoleSample) => string

const screens: [name: string, address: Address][] = [
  ['overview', () => '/console'],
  ['declare', () => '/console/declare'],
  ['app', () => '/console/apps/shop'],
  ['spec', () => '/console/apps/shop?from=1&to=2&spec=1'],
  ['environment', () => '/console/apps/shop/staging?from=1&to=2'],
  ['rollout', ({ running }) => `/console/jobs/${running}`],
  ['failed job', ({ failed }) => `/console/jobs/${failed}`],
  ['awaiting job', ({ awaiting }) => `/console/jobs/${awaiting}`],
  ['log', ({ failed }) => `/console/jobs/${failed}/log`],
]

describe.skipIf(lacks(browserComponent))('each screen', () => {
  let stage: ConsoleStage
  let sample: ConsoleSample
  beforeAll(async () => {
    stage = await openConsoleStage()
    sample = await recordSample(stage.api)
    await declareSchedule(stage.api)
    await recordCompanions(stage.api)
  })
  afterAll(() => stage?.close())

  test.each(screens)(
    '%s: accessible in both themes, without sideways scrolling at any width, within its policy',
    async (name, address) => {
      const opened = await stage.open(address(sample))
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
    },
  )

  test('an environment shows what is run there by itself', async () => {
    const { page } = await stage.open('/console/apps/shop/staging')
    const row = page.getByRole('row').filter({ hasText: 'ComodRivadavia' })
    await row.waitFor()
    expect(await row.textContent()).toMatch(/backup[\s\S]*0 2 \* \* \*[\s\S]*skipped, job 5a9e2c1e/)
  })

  test('an environment shows what it has beside it', async () => {
    const { page } = await stage.open('/console/apps/shop/staging')
    const row = page.getByRole('row').filter({ hasText: 'no longer names it' }).filter({ hasText: 'database' })
    await row.waitFor()
    expect(await row.textContent()).toMatch(/database[\s\S]*r2[\s\S]*not seen yet[\s\S]*the spec no longer names it/)
  })

  test.each(screens)('%s: a viewer sees no act', async (name, address) => {
    const { page } = await stage.open(address(sample), { token: await stage.api.createToken('viewer') })
    const words = await page.getByRole('button').allTextContents()
    const acts = words.map((word) => word.trim()).filter((word) => !/^(Keys|Sign out|Compare|Menu|$)/.test(word))
    expect(acts, name).toEqual([])
  })
})
