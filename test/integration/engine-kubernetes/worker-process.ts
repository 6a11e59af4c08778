/**
 * A worker in a process of its own, to be killed: reads `{kubeconfig, next, stable}` from its standard input, deploys, and says on a
 * line each action of the plan as it begins it (`action 3`), each effect (`fence`) and each event.
 */
import { text } from 'node:stream/consumers'
import { openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { carryOut, plan } from './carry-out.ts'

const { kubeconfig, next, stable } = JSON.parse(await text(process.stdin))
const say = (line: string) => new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()))
const context = openJob({ fence: () => say('fence'), event: (type) => void say(type) })
const rollout = { engine: createKubernetesDeployEngine({ kubeconfig }), next, stable }
for (const [index, action] of (await plan(rollout)).entries()) {
  await say(`action ${index}`)
  await carryOut(rollout, [action], context)
}
await say('done')
