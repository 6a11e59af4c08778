import { type DeployHarness, openJob } from '@stevedore/engine/conformance'
import { deploy } from '../integration/engine-kubernetes/carry-out.ts'
import { openPlace } from '../integration/engine-kubernetes/place.ts'
import { openStage, type Stage, stageComponents } from '../integration/engine-kubernetes/stage.ts'
import type { Bench } from './bench.ts'
import { measureMs } from './measure.ts'
import type { Measurement } from './table.ts'

const turns = 5

/** Both roll the same pods, in turns, so that they meet the same cluster. */
export const kubernetesBench: Bench = {
  name: 'kubernetes-deploy',
  title: 'a rolling deploy of two replicas on Kubernetes',
  components: stageComponents,
  async run() {
    const stage = await openStage()
    try {
      return toMeasurements(await deployInTurns(stage))
    } finally {
      await stage.close()
    }
  },
}

interface DeployTimes {
  /** Of each deploy: prepare, roll, finalize. */
  stevedoreMs: number[]
  /** The same until the last new replica is healthy: what `kubectl rollout status` waits for. What follows is the nodes hearing of it. */
  replacedMs: number[]
  /** Of `kubectl apply` and `kubectl rollout status` of the same pods, turn by turn in the same run. */
  kubectlMs: number[]
}

function toMeasurements({ stevedoreMs, replacedMs, kubectlMs }: DeployTimes): Measurement[] {
  const reference = { name: 'kubectl apply + rollout status', values: kubectlMs }
  return [
    { what: 'rolling deploy on Kubernetes', unit: 'ms', ours: stevedoreMs, reference, goal: { atMostRatio: 1.05 } },
    { what: 'the same, to the last healthy replica', unit: 'ms', ours: replacedMs, reference },
  ]
}

async function deployInTurns(stage: Stage): Promise<DeployTimes> {
  const harness = openPlace(stage, { replicas: 2 })
  await deploy({ engine: harness.engine, next: makeRelease(harness, 1) })
  const applyPlain = await preparePlain(stage, harness.place.app)
  await applyPlain(1)
  const times: DeployTimes = { stevedoreMs: [], replacedMs: [], kubectlMs: [] }
  for (let revision = 2; revision < 2 + turns; revision++) {
    const { stevedoreMs, replacedMs } = await replace(harness, revision)
    times.stevedoreMs.push(stevedoreMs)
    times.replacedMs.push(replacedMs)
    times.kubectlMs.push(await measureMs(() => applyPlain(revision)))
  }
  return times
}

async function replace(harness: DeployHarness, revision: number) {
  const started = performance.now()
  let replacedMs = Number.NaN
  const event = (type: string) => {
    if (type === 'replica.healthy') replacedMs = performance.now() - started
  }
  const [next, stable] = [makeRelease(harness, revision), makeRelease(harness, revision - 1)]
  const context = openJob({ event })
  const stevedoreMs = await measureMs(() => deploy({ engine: harness.engine, next, stable }, context))
  return { stevedoreMs, replacedMs }
}

function makeRelease(harness: DeployHarness, revision: number) {
  return harness.makeRelease({ revision, behaviour: 'healthy' })
}

/** @returns what puts a revision of the app's pods under another name, with nothing of Stevedore's around them */
async function preparePlain(stage: Stage, app: string): Promise<(revision: number) => Promise<void>> {
  const plain = toPlain(await stage.kubectl(['get', `deployment/${app}`, '-o', 'json']), app)
  return async (revision) => {
    plain.spec.template.spec.containers[0].env = [{ name: 'REVISION', value: String(revision) }]
    await stage.kubectl(['apply', '-f', '-'], JSON.stringify(plain))
    await stage.kubectl(['rollout', 'status', 'deployment/plain'])
  }
}

function toPlain(text: string, app: string) {
  const { apiVersion, kind, spec } = JSON.parse(text.replaceAll(app, 'plain'))
  const { serviceAccount: _, serviceAccountName: __, ...pod } = spec.template.spec
  return { apiVersion, kind, metadata: { name: 'plain' }, spec: { ...spec, template: { ...spec.template, spec: pod } } }
}
