import { browserComponent, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConsoleSample, recordSample } from '../../harness/console-sample.ts'
import { type ConsoleStage, excessWidth, expectAccessible, openConsoleStage } from './stage.ts'

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

  test.each(screens)('%s: a viewer sees no act', async (name, address) => {
    const { page } = await stage.open(address(sample), { token: await stage.api.createToken('viewer') })
    const words = await page.getByRole('button').allTextContents()
    const acts = words.map((word) => word.trim()).filter((word) => !/^(Keys|Sign out|Compare|Menu|$)/.test(word))
    expect(acts, name).toEqual([])
  })
})
