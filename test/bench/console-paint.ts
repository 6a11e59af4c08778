import { browserComponent, redisComponent, startBrowser, type TestBrowser } from '@stevedore/testkit'
import type { Bench, BenchOptions } from './bench.ts'
import { takeTurns } from './measure.ts'
import { declareApp, openBackends, type Product, startProduct } from './product.ts'
import type { Measurement } from './table.ts'

/** Both are pages of `stevedore api`, opened by somebody who has signed in and whose browser has seen neither. */
export const consolePaintBench: Bench = {
  name: 'console-paint',
  title: 'a page of the console in a browser with nothing in its cache; beside Bull Board from the same server',
  components: [browserComponent, redisComponent],
  async run(options) {
    const backends = await openBackends()
    try {
      const product = await startProduct(await backends.createDatabase('paint'), { REDIS_URL: backends.redisUrl })
      await declareApp(product)
      const browser = await startBrowser()
      return await compare(product, browser, options).finally(async () => {
        await browser.close()
        await product.close()
      })
    } finally {
      await backends.close()
    }
  },
}

async function compare(product: Product, browser: TestBrowser, { quick }: BenchOptions): Promise<Measurement[]> {
  const open = (path: string, whole: string) => () => measurePage(product, browser, { path, whole })
  const contestants = {
    console: open('/console', '#console main:has(h1):not(:has([aria-busy=true]))'),
    board: open('/queues', 'main, h1'),
  }
  // The first of a server waits for what it packs as it starts.
  await takeTurns(1, contestants)
  const { console, board } = await takeTurns(quick ? 3 : 9, contestants)
  const reference = (measured: keyof Page) => ({ name: 'Bull Board', values: board.map((page) => page[measured]) })
  const what = 'the overview of the console'
  return [
    {
      what: `${what}, first paint`,
      unit: 'ms',
      ours: console.map(({ paintMs }) => paintMs),
      reference: reference('paintMs'),
      goal: { atMost: 1_000 },
    },
    {
      what: `${what}, all of it`,
      unit: 'ms',
      ours: console.map(({ wholeMs }) => wholeMs),
      reference: reference('wholeMs'),
    },
  ]
}

interface Page {
  /** The first that is painted. */
  paintMs: number
  wholeMs: number
}

/** @param whole finds something once all of the page is there */
async function measurePage(
  { api, token }: Product,
  browser: TestBrowser,
  { path, whole }: { path: string; whole: string },
): Promise<Page> {
  const { page } = await browser.openPage()
  try {
    await page.request.post(`${api.address}/sign-in`, { form: { token, to: path }, maxRedirects: 0 })
    await page.goto(api.address + path)
    await page.locator(whole).first().waitFor()
    const wholeMs = await page.evaluate<number>('performance.now()')
    const paintMs = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    return { paintMs, wholeMs }
  } finally {
    await page.context().close()
  }
}
