import { type ConformancePart, describeDeployEngine } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, describe } from 'vitest'
import { openLinked } from './linked.ts'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

/** A part of what every engine keeps to, on a stage of its own. */
export function describeOnDocker(part: ConformancePart): void {
  describe.skipIf(lacks(...stageComponents))('on Docker', () => {
    let stage: Promise<Stage> | undefined
    afterAll(async () => (await stage)?.close())

    const open: Parameters<typeof describeDeployEngine>[2] = async ({ volumes, linked, ...options }) => {
      stage ??= openStage()
      if (linked) return openLinked(await stage, linked, options)
      return openPlace(await stage, { ...options, ...(volumes ? { settings: { volumes } } : {}) })
    }
    describeDeployEngine('the Docker engine', 'stepwise', open, { part })
  })
}
