import type {
  AppView,
  EnvironmentView,
  ImageView,
  JobView,
  RecordedDelivery,
  SpecComparison,
  SpecVersionView,
} from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { type Named, readNamed } from '../../api/problem.ts'
import type { Place } from '../../state.ts'

export interface AppData {
  app: AppView
  environments: EnvironmentView[]
  images: ImageView[]
  /** The last ones, the newest first. */
  jobs: JobView[]
  deliveries: RecordedDelivery[]
  /** The last versions of its spec, the newest first. */
  versions: SpecVersionView[]
  hasOlder: boolean
  /** Of the two versions that the address names: `?from=3&to=4`. */
  comparison: Named<SpecComparison>
  /** The version that the address names: `?spec=3`. */
  chosen: Named<AppView>
}

export async function loadApp(place: Place, signal: AbortSignal): Promise<AppData> {
  const params = { app: place.params.app ?? '' }
  const [app, environments, images, jobs, deliveries, versions, comparison, chosen] = await Promise.all([
    ask('getApp', { params, signal }),
    ask('listEnvironments', { params, signal }),
    ask('listImages', { params, query: { limit: 100 }, signal }),
    ask('listJobs', { query: { ...params, limit: 20 }, signal }),
    ask('listDeliveries', { params, query: { limit: 20 }, signal }),
    ask('listSpecVersions', { params, query: { limit: 20 }, signal }),
    readNamed(compare(params, place.query, signal)),
    readNamed(choose(params, place.query, signal)),
  ])
  return {
    ...{ app, environments: environments.items, images: images.items, jobs: jobs.items, deliveries: deliveries.items },
    ...{ versions: versions.items, hasOlder: versions.next !== null, comparison, chosen },
  }
}

function compare(params: { app: string }, query: URLSearchParams, signal: AbortSignal) {
  const [from, to] = [query.get('from'), query.get('to')]
  return from && to ? ask('compareSpecs', { params, query: { from, to }, signal }) : undefined
}

function choose(params: { app: string }, query: URLSearchParams, signal: AbortSignal) {
  const number = query.get('spec')
  return number ? ask('getSpecVersion', { params: { ...params, number }, signal }) : undefined
}
