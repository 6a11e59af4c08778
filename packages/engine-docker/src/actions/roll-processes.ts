import { listProcesses } from '@stevedore/contract'
import { openProcess, type Release, type WorkContext } from '@stevedore/engine'
import { type Host, runInTurn } from '../hosts.ts'
import { listAllOfProcesses, type ReplicaContainer } from '../state/replicas.ts'
import { stopReplicas } from './containers.ts'
import { restartWeb } from './restart-web.ts'
import { rankReplicas } from './scale-down.ts'
import { scaleUp, startAfresh } from './scale-up.ts'

/** All run before the first is let go, which may take as long as it has for that. */
export async function rollProcesses(hosts: Host[], release: Release, context: WorkContext): Promise<void> {
  await startProcesses(hosts, release, context)
  await runInTurn(hosts, (host) => endOtherProcesses(host, release, context), context.signal)
}

/** The same of the replicas of one process, beside those that are there, however these are. */
export async function restartProcess(
  hosts: Host[],
  release: Release,
  process: string,
  context: WorkContext,
): Promise<void> {
  if (process === 'web') return runInTurn(hosts, (host) => restartWeb(host, release, context), context.signal)
  const own = openProcess(release, process)
  await runInTurn(hosts, (host) => startAfresh(host, own, own.settings.replicas, context), context.signal)
  await runInTurn(hosts, (host) => endFormer(host, release, process, context), context.signal)
}

/** One process after the other on all hosts, so that what fails is told by its name and what comes after it is not begun. */
async function startProcesses(hosts: Host[], release: Release, context: WorkContext): Promise<void> {
  for (const { name, replicas } of listProcesses(release.settings)) {
    const own = openProcess(release, name)
    await runInTurn(hosts, (host) => scaleUp(host, own, replicas, context), context.signal)
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

/** Lets those of a process end that another job has made. */
async function endFormer(host: Host, release: Release, process: string, context: WorkContext): Promise<void> {
  const all = await listAllOfProcesses(host, release, context.signal)
  const former = all.filter((one) => one.process === process && one.job !== context.jobId)
  await stopReplicas(host, former, context)
}
