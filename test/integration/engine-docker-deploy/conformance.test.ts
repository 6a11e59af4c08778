import { describeDeployEngine } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, describe } from 'vitest'
import { openLinked } from './linked.ts'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('on Docker', () => {
  let stage: Promise<Stage> | undefined
  afterAll(async () => (await stage)?.close())

  describeDeployEngine('the Docker engine', 'stepwise', async ({ volumes, linked, ...options }) => {
    stage ??= openStage()
    if (linked) return openLinked(await stage, linked, options)
    return openPlace(await stage, { ...options, ...(volumes ? { settings: { volumes } } : {}) })
  })
})
