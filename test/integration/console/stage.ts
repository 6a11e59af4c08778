import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { startBrowser, type TestBrowser, type TestPage } from '@stevedore/testkit'
import { expect, onTestFinished } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

type Locator = ReturnType<TestPage['page']['locator']>

export interface ConsoleStage {
  api: TestApi
  /** A page of somebody who has signed in. */
  open(path: string, visit?: Visit): Promise<TestPage>
  close(): Promise<void>
}

interface Visit {
  /** The admin's by default. */
  token?: string
  /** Before anything is loaded. */
  prepare?(page: TestPage['page']): Promise<unknown>
}

/** An API of its own with its console, and a browser. */
export async function openConsoleStage(): Promise<ConsoleStage> {
  const [api, browser] = await Promise.all([startTestApi(), startBrowser()])
  return {
    api,
    open: (path, visit) => openSignedIn(api, browser, path, visit),
    async close() {
      await browser.close()
      await api.close()
    },
  }
}

/** Whatever breaks the policy of the page is told by the console of the browser: nothing may be. */
async function openSignedIn(api: TestApi, browser: TestBrowser, path: string, visit: Visit = {}): Promise<TestPage> {
  const { token = api.admin, prepare } = visit
  const opened = await browser.openPage()
  const { page } = opened
  onTestFinished(() => page.context().close())
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))",
  )
  await prepare?.(page)
  await goTo(page, `${api.address}/sign-in?to=${encodeURIComponent(path)}`)
  await page.getByLabel(/token/i).fill(token)
  await page.keyboard.press('Enter')
  await waitForScreen(opened)
  opened.complaints.length = 0
  return opened
}

/** A browser drops what is under way when a container beside it brings or takes an address; by itself it asks again a little later. */
async function goTo(page: TestPage['page'], address: string): Promise<void> {
  for (;;) {
    const error = await page.goto(address).then(
      () => undefined,
      (error: Error) => error,
    )
    if (!error) return
    if (!error.message.includes('ERR_NETWORK_CHANGED')) throw error
  }
}

/** Where a screen does not come, what is there instead says why. */
async function waitForScreen({ page, complaints }: TestPage): Promise<void> {
  try {
    // The form to sign in has a heading of its own.
    await page.locator('#console main h1').waitFor()
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' })
  } catch (cause) {
    const words = await page.evaluate<string>('document.body.innerText').catch(String)
    throw new Error(`no screen at ${page.url()}, but: ${words}\n${complaints.join('\n')}`, { cause })
  }
}

/** Goes to something by the Tab key alone, as who has no mouse does. */
export async function tabTo(page: TestPage['page'], wanted: Locator, most = 100): Promise<void> {
  await wanted.waitFor()
  for (let presses = 0; presses < most; presses += 1) {
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${wanted} is not reached by ${most} presses of Tab`)
}

/** How far a page goes beyond its width. */
export const excessWidth = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

const axeFolder = dirname(createRequire(import.meta.url).resolve('axe-core'))
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Holds a page against the rules of axe. Its script is run from outside: the policy of the page would refuse it. */
export async function expectAccessible({ page }: TestPage, what: string): Promise<void> {
  await page.evaluate(await readFile(join(axeFolder, 'axe.min.js'), 'utf8'))
  const found = await page.evaluate<{ id: string; nodes: { target: string[]; failureSummary: string }[] }[]>(
    `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`,
  )
  const told = found.map(({ id, nodes }) => [
    id,
    nodes.slice(0, 3).map((node) => `${node.target}: ${node.failureSummary}`),
  ])
  expect(told, what).toEqual([])
}
