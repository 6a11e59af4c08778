import type {
  AppView,
  EnvironmentView,
  ImageView,
  JobView,
  RevisionComparison,
  RevisionView,
} from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { listUnfinished } from '../../api/jobs.ts'
import { type Named, readNamed } from '../../api/problem.ts'
import type { Place } from '../../state.ts'

export interface EnvironmentData {
  view: EnvironmentView
  app: AppView
  revisions: RevisionView[]
  /** Its line: what runs or waits there, the first of all first. */
  line: JobView[]
  images: ImageView[]
  /** Of the two revisions that the address names. */
  comparison: Named<RevisionComparison>
}

export async function loadEnvironment(place: Place, signal: AbortSignal): Promise<EnvironmentData> {
  const params = { app: place.params.app ?? '', environment: place.params.environment ?? '' }
  const { app } = params
  const [view, appView, revisions, unfinished, images, comparison] = await Promise.all([
    ask('getEnvironment', { params, signal }),
    ask('getApp', { params: { app }, signal }),
    ask('listRevisions', { params, query: { limit: 100 }, signal }),
    listUnfinished(signal, app),
    ask('listImages', { params: { app }, query: { limit: 100 }, signal }),
    readNamed(compare(params, place.query, signal)),
  ])
  const line = unfinished.filter(({ environment }) => environment === params.environment).reverse()
  return { view, app: appView, revisions: revisions.items, line, images: images.items, comparison }
}

/** The two that an address names: `?from=3&to=4`. */
function compare(
  params: { app: string; environment: string },
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<RevisionComparison> | undefined {
  const [from, to] = [query.get('from'), query.get('to')]
  return from && to ? ask('compareRevisions', { params, query: { from, to }, signal }) : undefined
}
