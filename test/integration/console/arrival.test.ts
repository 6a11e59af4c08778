import { browserComponent, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

describe.skipIf(lacks(browserComponent))('a console that does not arrive at once', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
  })
  afterAll(() => stage?.close())

  test.each(['console.js', 'console.css'])('%s is asked for again until it is there', async (file) => {
    let refused = 0
    const { page } = await stage.open('/console/queue', {
      async prepare(page) {
        await page.route(`**/${file}`, (route) => {
          if (refused === 2) return route.continue()
          refused += 1
          return route.abort('failed')
        })
      },
    })
    const readPosition = () => page.evaluate("getComputedStyle(document.querySelector('.skip')).position").catch(String)
    await expect.poll(readPosition, { timeout: 100_000 }).toBe('absolute')
    expect(refused).toBe(2)
    // The next time begins anew.
    expect(await page.evaluate('history.state')).toBe(null)
  })

  test('an answer that did not arrive is asked for once more, before anything is said of it', async () => {
    let refused = 0
    const { page } = await stage.open('/console/queue', {
      async prepare(page) {
        await page.addInitScript(
          "new MutationObserver(() => { if (document.querySelector('[role=alert]')) window.wasAlarmed = true }).observe(document, { childList: true, subtree: true })",
        )
        await page.route('**/v1/me', (route) => {
          if (refused === 1) return route.continue()
          refused += 1
          return route.abort('failed')
        })
      },
    })
    expect(refused).toBe(1)
    expect(await page.evaluate('window.wasAlarmed')).toBeUndefined()
  })

  test('a page that nobody looks at, which is given no frames, says in its tab what it is of', async () => {
    const { page } = await stage.open('/console/queue', {
      prepare: (page) => page.addInitScript('window.requestAnimationFrame = () => 0'),
    })
    expect(await page.title()).toBe('Queue · Stevedore')
  })
})
