import type { ListedApp, ReadyView, UnknownPlaceView, WorkerView } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import type { Place, State } from '../../state.ts'
import { type Backup, listNewestBackup } from './backup.ts'
import { type Deliveries, listDeliveries } from './load-deliveries.ts'

export interface System {
  /** null where the token does not reach the whole server. */
  workers: WorkerView[] | null
  /** null where the server could not even say that. */
  ready: ReadyView | null
  unknown: UnknownPlaceView[] | null
  /** The newest, or none; null where the token does not reach the whole server, whose trail alone tells of it. */
  backup: Backup[] | null
  apps: ListedApp[]
  /** Of the app that the address names, else of the first; null where there is no app, or no such list. */
  deliveries: Deliveries | null
}

export async function loadSystem({ query }: Place, state: State, signal: AbortSignal): Promise<System> {
  const isServer = state.me?.server ?? false
  const [workers, ready, unknown, backup, { items: apps }] = await Promise.all([
    isServer ? ask('listWorkers', { signal }) : null,
    readReady(signal),
    isServer ? ask('listUnknownPlaces', { signal }) : null,
    isServer ? listNewestBackup(signal) : null,
    ask('listApps', { signal }),
  ])
  const app = query.get('app') ?? apps[0]?.app
  const deliveries = app === undefined ? null : await listDeliveries(app, query.get('cursor') ?? undefined, signal)
  return { workers: workers?.items ?? null, ready, unknown: unknown?.items ?? null, backup, apps, deliveries }
}

/** A server that is not ready says so with 503, and what it says is what is wanted here. */
async function readReady(signal: AbortSignal): Promise<ReadyView | null> {
  const response = await fetch('/ready', { signal })
  return response.ok || response.status === 503 ? response.json().catch(() => null) : null
}
