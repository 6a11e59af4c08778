import { recordContext } from '@stevedore/testkit'
import { deploy } from '../integration/engine-kubernetes/carry-out.ts'
import { openPlace } from '../integration/engine-kubernetes/place.ts'
import { openStage, type Stage } from '../integration/engine-kubernetes/stage.ts'

export interface DeployTimes {
  /** Milliseconds of each deploy: prepare, roll, settle. */
  stevedoreMs: number[]
  /** The same until the last new replica is healthy: what `kubectl rollout status` waits for. What follows is the nodes hearing of it. */
  replacedMs: number[]
  /** Milliseconds of `kubectl apply` and `kubectl rollout status` of the same pods, turn by turn in the same run. */
  kubectlMs: number[]
  /** Of the medians. */
  ratio: number
}

/** Deploys two replicas by turns, by Stevedore and by kubectl alone. */
export async function benchKubernetesDeploy(turns = 5): Promise<DeployTimes> {
  const stage = await openStage()
  try {
    return await takeTurns(stage, turns)
  } finally {
    await stage.close()
  }
}

async function takeTurns(stage: Stage, turns: number): Promise<DeployTimes> {
  const { engine, place, makeRelease } = openPlace(stage, { replicas: 2 })
  const release = (revision: number) => makeRelease({ revision, behaviour: 'healthy' })
  await deploy({ engine, next: release(1) })
  const plain = toPlain(await stage.kubectl(['get', `deployment/${place.app}`, '-o', 'json']), place.app)
  const applyPlain = async (revision: number) => {
    plain.spec.template.spec.containers[0].env = [{ name: 'REVISION', value: String(revision) }]
    await stage.kubectl(['apply', '-f', '-'], JSON.stringify(plain))
    await stage.kubectl(['rollout', 'status', 'deployment/plain'])
  }
  await applyPlain(1)
  const times: Omit<DeployTimes, 'ratio'> = { stevedoreMs: [], replacedMs: [], kubectlMs: [] }
  for (let revision = 2; revision < 2 + turns; revision++) {
    const started = performance.now()
    let replacedMs = 0
    const event = (type: string) => {
      if (type === 'replica.healthy') replacedMs = Math.round(performance.now() - started)
    }
    const rollout = { engine, next: release(revision), stable: release(revision - 1) }
    times.stevedoreMs.push(await measure(() => deploy(rollout, recordContext({ event }))))
    times.replacedMs.push(replacedMs)
    times.kubectlMs.push(await measure(() => applyPlain(revision)))
  }
  return { ...times, ratio: median(times.stevedoreMs) / median(times.kubectlMs) }
}

/** The same pods under another name, with nothing of Stevedore's around them. */
function toPlain(text: string, app: string) {
  const { apiVersion, kind, spec } = JSON.parse(text.replaceAll(app, 'plain'))
  const { serviceAccount: _, serviceAccountName: __, ...pod } = spec.template.spec
  return { apiVersion, kind, metadata: { name: 'plain' }, spec: { ...spec, template: { ...spec.template, spec: pod } } }
}

async function measure(act: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await act()
  return Math.round(performance.now() - started)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

if (import.meta.main) console.log(JSON.stringify(await benchKubernetesDeploy()))
