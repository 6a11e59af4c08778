import type { DeployEngine, Place, Release, WorkContext } from '@stevedore/engine'
import { startWork } from './actions/action.ts'
import { rollByArgo, scaleDownByArgo, settleByArgo } from './actions/argo.ts'
import { check } from './actions/check.ts'
import { migrate } from './actions/migrate.ts'
import { prepare } from './actions/prepare.ts'
import { preview } from './actions/preview.ts'
import { remove } from './actions/remove.ts'
import { roll } from './actions/roll.ts'
import { route } from './actions/route.ts'
import { scaleDown } from './actions/scale-down.ts'
import { scaleUp } from './actions/scale-up.ts'
import { settle } from './actions/settle.ts'
import { type ClusterAccess, createConnector } from './client/connect.ts'
import { openReader, openWriter } from './client/namespace.ts'
import { translateError } from './failure/translate.ts'
import { argoStrategy, asKubernetes } from './spec/names.ts'
import { readLogs } from './state/logs.ts'
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
