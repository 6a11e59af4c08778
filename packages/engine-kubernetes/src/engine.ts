import type { DeployEngine, Place, Release, WorkContext } from '@stevedore/engine'
import { rollByArgo, scaleDownByArgo, settleByArgo } from './action/argo.ts'
import { check } from './action/check.ts'
import { readLogs } from './action/logs.ts'
import { migrate } from './action/migrate.ts'
import { prepare } from './action/prepare.ts'
import { preview } from './action/preview.ts'
import { remove } from './action/remove.ts'
import { roll } from './action/roll.ts'
import { route } from './action/route.ts'
import { scaleDown } from './action/scale-down.ts'
import { scaleUp } from './action/scale-up.ts'
import { settle } from './action/settle.ts'
import { startWork } from './action/work.ts'
import { type ClusterAccess, createConnector } from './cluster/connect.ts'
import { openReader, openWriter } from './cluster/namespace.ts'
import { translateError } from './failure/translate.ts'
import { argoStrategy, asKubernetes } from './names.ts'
import { observe } from './state/observe.ts'

/**
 * Deploys to Kubernetes 1.20 and later. What a place is and how its two K8sDeployments share the work is told in
 * docs/adr/0004-kubernetes.md.
 */
export function createKubernetesDeployEngine(access: ClusterAccess = {}): DeployEngine {
  const connect = createConnector(access)

  const look = (place: Place, signal: AbortSignal) => {
    const { settings } = asKubernetes(place)
    return openReader(connect(settings.context), settings.namespace, signal)
  }
  const begin = <P extends Place>(given: P, context: WorkContext) => {
    const place = asKubernetes(given)
    const { settings } = place
    return startWork(place, openWriter(connect(settings.context), settings.namespace, context, context.signal), context)
  }

  return {
    traits: { rolling: 'native', weighting: 'replicas' },
    observe: (place, signal) => explained(() => observe(look(place, signal), asKubernetes(place))),
    preview: (release, signal) => explained(() => preview(look(release, signal), asKubernetes(release))),
    prepare: (release, { signal }) => explained(() => prepare(look(release, signal), asKubernetes(release))),
    migrate: (release, context) => explained(() => migrate(begin(release, context))),
    scaleUp: (release, count, context) => explained(() => scaleUp(begin(release, context), count)),
    check: (release, context) => explained(() => check(begin(release, context))),
    route: (place, weights, context) => explained(() => route(begin(place, context), weights)),
    scaleDown: (place, revision, count, context) => explained(() => leave(place, revision, count, context)),
    roll: (release, context) => explained(() => rollOn(release, context)),
    settle: (release, keep, context) => explained(() => stay(release, keep, context)),
    // The cluster counts no requests by revision; an analysis asks Prometheus instead.
    sample: async () => undefined,
    logs: (place, options, signal) => explainedLines(() => readLogs(look(place, signal), asKubernetes(place), options)),
    remove: (place, context) => explained(() => remove(begin(place, context))),
  }

  function rollOn(release: Release, context: WorkContext): Promise<void> {
    const work = begin(release, context)
    return argoStrategy(work.place) ? rollByArgo(work) : roll(work)
  }

  function stay(release: Release, keep: number[], context: WorkContext): Promise<void> {
    const work = begin(release, context)
    return argoStrategy(work.place) ? settleByArgo(work) : settle(work, keep)
  }

  function leave(place: Place, revision: number, count: number, context: WorkContext): Promise<void> {
    const work = begin(place, context)
    return argoStrategy(work.place) ? scaleDownByArgo(work, revision, count) : scaleDown(work, revision, count)
  }
}

/** The one place where what the cluster says becomes what the contract says. */
async function explained<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw translateError(error)
  }
}

async function* explainedLines(read: () => AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* read()
  } catch (error) {
    throw translateError(error)
  }
}
