import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { migrateLedger } from '@stevedore/ledger'
import { startBrowser, startPostgres } from '@stevedore/testkit'
import { type ConsoleSample, recordSample } from '../test/harness/console-sample.ts'
import { startTestApi } from '../test/harness/test-api.ts'

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
    system: '/console/system',
  }
}

const postgres = await startPostgres()
await migrateLedger(postgres.url)
const api = await startTestApi({ databaseUrl: postgres.url })
const browser = await startBrowser()
try {
  await mkdir(folder, { recursive: true })
  const wanted = process.argv.slice(2)
  const addresses = Object.entries(listAddresses(await recordSample(api)))
  const { page } = await browser.openPage()
  await page.goto(`${api.address}/sign-in?to=/console`)
  await page.getByLabel(/token/i).fill(api.admin)
  await page.getByRole('button').click()
  for (const [name, address] of addresses.filter(([name]) => wanted.length === 0 || wanted.includes(name)))
    for (const colorScheme of themes)
      for (const width of widths) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        await page.goto(api.address + address)
        await page.locator('main h1').waitFor()
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' })
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      }
  console.log(`Screenshots are in ${folder}`)
} finally {
  await browser.close()
  await api.close()
  await postgres.stop()
}
