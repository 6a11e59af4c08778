import type { AppView, EnvironmentView, ImageView, JobView, RecordedDelivery } from '@stevedore/contract'
import { ask } from '../../api/client.ts'

export interface AppData {
  app: AppView
  environments: EnvironmentView[]
  images: ImageView[]
  /** The last ones, the newest first. */
  jobs: JobView[]
  deliveries: RecordedDelivery[]
}

export async function loadApp(name: string, signal: AbortSignal): Promise<AppData> {
  const params = { app: name }
  const [app, environments, images, jobs, deliveries] = await Promise.all([
    ask('getApp', { params, signal }),
    ask('listEnvironments', { params, signal }),
    ask('listImages', { params, query: { limit: 100 }, signal }),
    ask('listJobs', { query: { app: name, limit: 20 }, signal }),
    ask('listDeliveries', { params, query: { limit: 20 }, signal }),
  ])
  return { app, environments: environments.items, images: images.items, jobs: jobs.items, deliveries: deliveries.items }
}
