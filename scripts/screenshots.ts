import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, Role, TokenView } from '@stevedore/contract'
import { migrateLedger } from '@stevedore/ledger'
import { createApiCaller, startBrowser, startPostgres, startRedis } from '@stevedore/testkit'
import { type ConsoleSample, recordSample, reportWorkers } from '../test/harness/console-sample.ts'
import { startTestApi } from '../test/harness/test-api.ts'
import { openPastClock } from './screenshots/past-clock.ts'

/** Screenshots of each screen of the console, in both themes and three widths: `npm run screenshots [-- SCREEN …]`. */
const folder = join(import.meta.dirname, '..', 'screenshots')
const widths = [320, 768, 1440]
const themes = ['light', 'dark'] as const

function listAddresses(sample: ConsoleSample): Record<string, string> {
  return {
    overview: '/console',
    declare: '/console/declare',
    app: '/console/apps/shop',
    environment: '/console/apps/shop/staging',
    rollout: `/console/jobs/${sample.running}`,
    failure: `/console/jobs/${sample.failed}`,
    log: `/console/jobs/${sample.failed}/log`,
    queue: '/console/queue',
    approvals: '/console/approvals',
    audit: '/console/audit',
    access: '/console/access',
    system: '/console/system?app=shop',
  }
}

const postgres = await startPostgres()
const redis = await startRedis()
const clock = await openPastClock(postgres.url)
await migrateLedger(postgres.url)
const api = await startTestApi({ databaseUrl: postgres.url, redisUrl: redis.url })
const browser = await startBrowser()
const beats = setInterval(() => void reportWorkers(api), 3_000)
try {
  await mkdir(folder, { recursive: true })
  const wanted = process.argv.slice(2)
  await clock.goTo(9_100)
  const ann = await nameToken('ann', 'admin')
  const [ben, cora] = [await nameToken('ben', 'deployer'), await nameToken('cora', 'approver')]
  const call = createApiCaller(api.address, ann)
  const sample = await recordSample({ ...api, call, createToken: async () => cora }, { clock, asker: ben })
  await revokeNameless(call)
  const addresses = Object.entries(listAddresses(sample))
  const { page } = await browser.openPage()
  await page.goto(`${api.address}/sign-in?to=/console`)
  await page.getByLabel(/token/i).fill(ann)
  await page.getByRole('button').click()
  for (const [name, address] of addresses.filter(([name]) => wanted.length === 0 || wanted.includes(name)))
    for (const colorScheme of themes)
      for (const width of widths) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.setViewportSize({ width, height: 900 })
        await page.goto(api.address + address)
        await page.locator('main h1').waitFor()
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' })
        // As high as what it shows: what stands beside it goes all the way down.
        const height = await page.evaluate<number>('Math.max(900, document.documentElement.scrollHeight)')
        await page.setViewportSize({ width, height })
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      }
  console.log(`Screenshots are in ${folder}`)
} finally {
  clearInterval(beats)
  await browser.close()
  await api.close()
  await clock.close()
  await redis.stop()
  await postgres.stop()
}

/** The token that the API came with is nobody's, and is not seen among those of people. */
async function revokeNameless(call: ReturnType<typeof createApiCaller>): Promise<void> {
  const { body } = await call('GET', '/v1/tokens')
  const nameless = (body as Page<TokenView>).items.find(({ name }) => name.startsWith('admin-'))
  if (nameless) await call('DELETE', `/v1/tokens/${nameless.id}`)
}

async function nameToken(name: string, role: Role): Promise<string> {
  const { body } = await api.call('POST', '/v1/tokens', { body: { name, role } })
  return body.token
}
