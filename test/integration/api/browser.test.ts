import { createServer } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import {
  browserComponent,
  lacks,
  listenLocally,
  makeCertificate,
  opensslComponent,
  redisComponent,
  startBrowser,
  startRedis,
  type TestBrowser,
  type TestPage,
  type TestRedis,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

const proxied = 'ship.example.com'

describe.skipIf(lacks(browserComponent, redisComponent))('in a browser', () => {
  let redis: TestRedis
  let api: TestApi
  let browser: TestBrowser
  beforeAll(async () => {
    redis = await startRedis()
    ;[api, browser] = await Promise.all([startTestApi({ redisUrl: redis.url }), startBrowser({ hosts: [proxied] })])
  })
  afterAll(async () => {
    await browser?.close()
    await api?.close()
    await redis?.stop()
  })

  async function open(address: string): Promise<TestPage> {
    const opened = await browser.openPage()
    onTestFinished(() => opened.page.context().close())
    await opened.page.goto(address)
    return opened
  }

  async function give({ page }: TestPage, token: string): Promise<void> {
    await page.getByLabel(/token/).fill(token)
    await page.getByRole('button').click()
  }

  test('a viewer signs in, is led to where they wanted, looks, and signs out', async () => {
    const wanted = `${api.address}/queues/queue/deploy?status=failed`
    const seen = await open(wanted)
    const { page } = seen
    await give(seen, 'stv_wrong')
    expect(await page.getByRole('alert').textContent()).toBe('The token is not valid.')
    seen.complaints.length = 0

    await give(seen, await api.createToken('viewer'))
    const queue = page.getByRole('link', { name: 'rollback' }).first()
    // The board asks again every few seconds; what it shows instead says why there is none.
    await queue.waitFor().catch(async (error: Error) => {
      const shown = await page.locator('body').textContent()
      throw new Error([error.message, page.url(), shown, ...seen.complaints, api.readLogs()].join('\n'))
    })
    expect(page.url()).toBe(wanted)
    expect(seen.complaints).toEqual([])
    expect([...seen.origins]).toEqual([api.address])

    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Strict', secure: false })
    await page.locator('header button').last().click()
    await page.getByText('Sign out').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel(/token/).waitFor()
    expect(await page.context().cookies()).toEqual([])
    await page.goto(wanted)
    await page.getByLabel(/token/).waitFor()
  })

  test('a token of one app is told on the page that it does not do', async () => {
    const seen = await open(`${api.address}/queues`)
    await give(seen, await api.createToken('admin', { app: 'shop' }))
    expect(await seen.page.getByRole('alert').textContent()).toBe(
      'This concerns more than the token’s app or environment.',
    )
  })

  test('the form of another site signs nobody in', async () => {
    const evil = createServer((_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<form method="post" action="${api.address}/sign-in"><input name="token" value="${api.admin}"><button>Win</button></form>`,
        ),
    )
    const port = await listenLocally(evil)
    onTestFinished(() => void evil.close())
    for (const host of ['127.0.0.1', 'localhost']) {
      const { page } = await open(`http://${host}:${port}`)
      const answer = page.waitForResponse(`${api.address}/sign-in`)
      await page.getByRole('button').click()
      expect((await answer).status()).toBe(403)
      expect(await page.context().cookies()).toEqual([])
    }
  })

  test.skipIf(lacks(opensslComponent))(
    'behind a proxy that ends TLS, of which nothing is set, one signs in all the same',
    async () => {
      const { port, hostname } = new URL(api.address)
      const { certificate: cert, key } = await makeCertificate({ names: [proxied] })
      const front = createTlsServer({ cert, key }, (client) => {
        const upstream = connect(Number(port), hostname)
        // A browser drops connections at will; what is left of one goes with it.
        pipeline(client, upstream, client, () => {})
      })
      const address = `https://${proxied}:${await listenLocally(front)}`
      onTestFinished(() => void front.close())
      const seen = await open(`${address}/queues`)
      await give(seen, await api.createToken('viewer'))
      await seen.page.getByRole('link', { name: 'rollback' }).first().waitFor()
      expect(await seen.page.context().cookies()).toMatchObject([{ domain: proxied, secure: true, httpOnly: true }])
    },
  )

  test('the bare address leads to the console', async () => {
    const seen = await open(api.address)
    await seen.page.getByLabel(/token/i).waitFor()
    expect(new URL(seen.page.url()).searchParams.get('to')).toBe('/console')
    await give(seen, await api.createToken('viewer'))
    await seen.page.getByRole('heading', { name: 'Overview' }).waitFor()
    // Before one signs in the console is told so, by an answer with 401, which the browser notes.
    expect(seen.complaints.filter((text) => !text.includes('401'))).toEqual([])
  })

  test('the documentation shows the operations, and nothing of its maker', async () => {
    const { page, complaints, origins } = await open(`${api.address}/docs/`)
    await page.getByText('/v1/apps/{app}').first().waitFor()
    const maker = page.getByText(/scalar|ask ai|mcp|api client|generate sdk|developer tools/i)
    expect(await maker.filter({ visible: true }).allTextContents()).toEqual([])
    expect(await page.locator('a[href*="scalar"]').filter({ visible: true }).count()).toBe(0)
    expect(complaints).toEqual([])
    expect([...origins]).toEqual([api.address])
  })
})
