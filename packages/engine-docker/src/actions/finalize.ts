import type { Release, WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { dockerSettings } from '../spec/container.ts'
import { listAllReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { removeFiles } from './bring-files.ts'
import { keepLinks } from './bring-links.ts'
import { stopReplicas } from './containers.ts'
import { removeMigrations } from './migrate.ts'
import { endOtherProcesses } from './roll-processes.ts'
import { routeTraffic } from './route.ts'
import { rankReplicas, takeOut } from './scale-down.ts'

/** All traffic to the release, its wanted size, and nothing else but what is kept warm. */
export async function finalize(host: Host, release: Release, keep: number[], context: WorkContext): Promise<void> {
  const traffic = (await host.proxy.findRoute(release))?.traffic ?? {}
  if (Object.keys(traffic).join() !== String(release.revision))
    await routeTraffic(host, release, { [release.revision]: 100 }, context)
  const isOver = (revision: number) => revision !== release.revision && !keep.includes(revision)
  const replicas = await listAllReplicas(host, release, context.signal)
  const own = replicas.filter(({ revision, leaving }) => revision === release.revision && !leaving)
  const surplus = rankReplicas(own).slice(dockerSettings(release).replicas)
  const ends = (replica: ReplicaContainer) => replica.leaving || isOver(replica.revision) || surplus.includes(replica)
  const leaving = replicas.filter(ends)
  // By name, so that servers whose container somebody else removed go as well.
  const staying = new Set(replicas.filter((one) => !leaving.includes(one)).map(({ server }) => server.name))
  await takeOut(host, release, ({ name }) => !staying.has(name), context)
  await stopReplicas(host, leaving, context)
  await endOtherProcesses(host, release, context)
  await removeMigrations(host, release, isOver, context)
  await removeFiles(host, release, isOver, context)
  // What is kept warm may have links of its own.
  if (keep.length === 0) await keepLinks(host, release, context)
}
