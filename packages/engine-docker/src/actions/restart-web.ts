import type { Release, WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { listAllReplicas } from '../state/replicas.ts'
import { stopReplicas } from './containers.ts'
import { routeTraffic } from './route.ts'
import { rankReplicas, takeOut } from './scale-down.ts'
import { startAfresh } from './scale-up.ts'

/** One replica after the other: each new one is served before a former one leaves. What only one may hold is let go first. */
export async function restartWeb(host: Host, release: Release, context: WorkContext): Promise<void> {
  const { replicas, strategy } = release.settings
  if (strategy.type === 'recreate') {
    await letGo(host, release, 0, context)
    return bringUp(host, release, replicas, context)
  }
  for (let count = 1; count <= replicas; count++) {
    context.signal.throwIfAborted()
    await bringUp(host, release, count, context)
    await letGo(host, release, replicas - count, context)
  }
}

async function bringUp(host: Host, release: Release, count: number, context: WorkContext): Promise<void> {
  await startAfresh(host, release, count, context)
  await routeTraffic(host, release, { [release.revision]: 100 }, context)
}

/** Drains and ends all but `count` of those that another job has made. */
async function letGo(host: Host, release: Release, count: number, context: WorkContext): Promise<void> {
  const { revision } = release
  const all = await listAllReplicas(host, release, context.signal)
  const former = all.filter((one) => one.revision === revision && one.job !== context.jobId)
  const staying = rankReplicas(former.filter(({ leaving }) => !leaving)).slice(0, count)
  const leaving = former.filter((one) => !staying.includes(one))
  const names = new Set(leaving.map(({ server }) => server.name))
  await takeOut(host, release, (server) => names.has(server.name), context)
  await stopReplicas(host, leaving, context)
}
