import { openContext } from '@stevedore/engine/conformance'
import {
  openPlace,
  openStage,
  type PlaceHarness,
  stageComponents,
} from '../../integration/engine-docker-deploy/stage.ts'
import type { Bench } from '../bench.ts'
import { measureMs } from '../measure.ts'

const switches = 10

/** Both colours run and are healthy; what is measured is the `route` step alone. */
export const dockerSwitchBench: Bench = {
  name: 'docker-switch',
  title: `blue-green on Docker: moving all traffic, ${switches} times`,
  components: stageComponents,
  async run() {
    const stage = await openStage()
    try {
      const place = await openPlace(stage, { replicas: 2, strategy: 'blue-green' })
      for (const revision of [1, 2]) await bringUp(place, revision)
      const times: { eventMs: number; stepMs: number }[] = []
      for (let n = 0; n < switches; n++) times.push(await switchTo(place, 1 + (n % 2)))
      return [
        {
          what: 'blue-green switch on Docker',
          unit: 'ms',
          ours: times.map(({ stepMs }) => stepMs),
          goal: { atMost: 300 },
        },
        { what: 'blue-green switch, to traffic.shifted', unit: 'ms', ours: times.map(({ eventMs }) => eventMs) },
      ]
    } finally {
      await stage.close()
    }
  },
}

async function bringUp({ engine, makeRelease }: PlaceHarness, revision: number): Promise<void> {
  const release = makeRelease({ revision, behaviour: 'healthy' })
  await engine.prepare(release, openContext())
  await engine.scaleUp(release, 2, openContext())
  if (revision === 2) await engine.route(release, { 2: 100 }, openContext())
}

async function switchTo({ engine, place, request }: PlaceHarness, revision: number) {
  const since = performance.now()
  let eventMs = Number.NaN
  const event = (type: string) => {
    if (type === 'traffic.shifted') eventMs = performance.now() - since
  }
  const stepMs = await measureMs(() => engine.route(place, { [revision]: 100 }, openContext({ event })))
  const answer = await request('/')
  if (answer.revision !== revision)
    throw new Error(`revision ${answer.revision} answered after the switch to ${revision}`)
  return { eventMs, stepMs }
}
