import { stageComponents } from '../integration/engine-kubernetes/stage.ts'
import { type Bench, median, showMs } from './bench.ts'
import { benchKubernetesDeploy } from './kubernetes-deploy.ts'

/** Both roll the same pods, in turns, so that they meet the same cluster. */
export const kubernetesBench: Bench = {
  name: 'kubernetes-deploy',
  title: 'a rolling deploy of two replicas on Kubernetes (goal: ratio of at most 1.05)',
  components: stageComponents,
  async run() {
    const { stevedoreMs, replacedMs, kubectlMs, ratio } = await benchKubernetesDeploy()
    const times = {
      'Stevedore, median ms': showMs(median(stevedoreMs)),
      'to the last healthy replica, median ms': showMs(median(replacedMs)),
      'kubectl apply + rollout status, median ms': showMs(median(kubectlMs)),
    }
    return [{ rounds: stevedoreMs.length, ...times, ratio: Number(ratio.toFixed(2)) }]
  },
}
