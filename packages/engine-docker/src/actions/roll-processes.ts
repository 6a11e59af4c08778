import { listProcesses } from '@stevedore/contract'
import { openProcess, type Release, type WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { listAllOfProcesses, type ReplicaContainer } from '../state/replicas.ts'
import { stopReplicas } from './containers.ts'
import { rankReplicas } from './scale-down.ts'
import { scaleUp } from './scale-up.ts'

/** One process after the other, so that what fails is told by its name and the rest is not begun. */
export async function startProcesses(host: Host, release: Release, context: WorkContext): Promise<void> {
  for (const { name, replicas } of listProcesses(release.settings)) {
    context.signal.throwIfAborted()
    await scaleUp(host, openProcess(release, name), replicas, context)
  }
}

/** Lets all end but what the release is to have, side by side: each was made with the time that it has for it. */
export async function endOtherProcesses(host: Host, release: Release, context: WorkContext): Promise<void> {
  const all = await listAllOfProcesses(host, release, context.signal)
  const staying = new Set(listProcesses(release.settings).flatMap((wanted) => pickStaying(all, release, wanted)))
  await stopReplicas(
    host,
    all.filter((one) => !staying.has(one)),
    context,
  )
}

function pickStaying(
  all: ReplicaContainer[],
  { revision }: Release,
  { name, replicas }: { name: string; replicas: number },
): ReplicaContainer[] {
  const own = all.filter((one) => one.process === name && one.revision === revision && !one.leaving)
  return rankReplicas(own).slice(0, replicas)
}
