import { type ConformancePart, describeDeployEngine, type HarnessOptions } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, describe } from 'vitest'
import { openLinked } from './linked.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

/** A part of what every engine keeps to, in a namespace of its own. */
export function describeOnKubernetes(part: ConformancePart): void {
  describe.skipIf(lacks(...stageComponents))('on Kubernetes', () => {
    let stage: Promise<Stage> | undefined
    afterAll(async () => (await stage)?.close())

    const open = async ({ volumes, serviceVolumes, linked, ...options }: HarnessOptions) => {
      stage ??= openStage()
      if (linked) return openLinked(await stage, linked, options)
      const settings = volumes ? { settings: { volumes } } : {}
      const place = openPlace(await stage, { ...options, ...settings, claims: serviceVolumes })
      await place.storage
      return place
    }
    describeDeployEngine('the Kubernetes engine', 'native', open, { concurrent: true, part })
  })
}
