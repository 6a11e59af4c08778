import { FailureError, findUnshared, stopMs } from '@stevedore/contract'
import type { Release, WorkContext } from '@stevedore/engine'
import { pullImage } from '../client/images.ts'
import { callEngine } from '../failure/translate.ts'
import { describeHost, type Host } from '../hosts.ts'
import { pickAddress } from '../spec/address.ts'
import { buildContainerSpec, liveRestartPolicy } from '../spec/container.ts'
import { isRunning, listAllReplicas, listReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { listAbsentVolumes } from '../state/volumes.ts'
import { awaitHealthy } from './await-healthy.ts'
import { bringFiles } from './bring-files.ts'
import { endContainer, removeContainer, startContainer, stopReplicas } from './containers.ts'
import { ensureNetwork } from './ensure-network.ts'
import { ensureVolumes } from './ensure-volumes.ts'

/** Makes `count` healthy replicas exist. What this call started goes again when it fails or is aborted. */
export function scaleUp(host: Host, release: Release, count: number, context: WorkContext): Promise<void> {
  return bringToCount(host, release, count, { ...context, counts: () => true })
}

/** Makes `count` healthy replicas exist that the context's job has made, whatever there is of others. */
export function startAfresh(host: Host, release: Release, count: number, context: WorkContext): Promise<void> {
  return bringToCount(host, release, count, { ...context, counts: ({ job }) => job === context.jobId })
}

/** With what counts as one that is wanted. */
type Counting = WorkContext & { counts(replica: ReplicaContainer): boolean }

async function bringToCount(host: Host, release: Release, count: number, context: Counting): Promise<void> {
  await host.proxy.start(context)
  const present = await clearDead(host, release, context)
  const missing = count - present.length
  const filesFolder = missing > 0 ? await bringGround(host, release, context) : undefined
  const started: string[] = []
  const starting = { ...context, started, filesFolder }
  try {
    for (const part of await findParts(host, release, missing, context))
      await startReplica(host, release, part, starting)
    await bringToHealth(host, release, context)
  } catch (error) {
    await undo(host, started, Math.ceil(stopMs(release.settings) / 1_000), context)
    throw error
  }
}

/** @returns where its files are, where it has any */
async function bringGround(host: Host, release: Release, context: WorkContext): Promise<string | undefined> {
  await pullImage(host.docker, release, context)
  if ((await listAbsentVolumes(host, release)).length > 0) await ensureVolumes(host, release, context)
  if (findUnshared(release.settings) !== undefined) await awaitLeft(host, release, context)
  return bringFiles(host, release, context)
}

/** Whoever was told to end may still write what the next one reads: after an abort nobody has waited for it. */
async function awaitLeft(host: Host, release: Release, context: WorkContext): Promise<void> {
  const all = await listAllReplicas(host, release, context.signal)
  const leaving = all.filter((replica) => replica.leaving)
  await stopReplicas(host, leaving, context)
}

/** Replicas of the release that run, without those that do not: their names are needed. */
async function clearDead(host: Host, release: Release, context: Counting): Promise<ReplicaContainer[]> {
  const own = (await listOwn(host, release, context)).filter(context.counts)
  for (const dead of own.filter((replica) => !isRunning(replica))) await removeContainer(host, dead.id, context)
  return own.filter(isRunning)
}

async function listOwn(host: Host, release: Release, { signal }: WorkContext): Promise<ReplicaContainer[]> {
  const all = await listReplicas(host, release, signal)
  return all.filter(({ revision }) => revision === release.revision)
}

async function findParts(host: Host, release: Release, missing: number, context: Counting): Promise<number[]> {
  if (missing <= 0) return []
  const taken = new Set((await listOwn(host, release, context)).map(({ part }) => Number(part)))
  const parts: number[] = []
  for (let part = 1; parts.length < missing; part++) if (!taken.has(part)) parts.push(part)
  return parts
}

const addressTries = 5

/** With the ids of what was started, for the undo. */
type Starting = Counting & { started: string[]; filesFolder: string | undefined }

/** At an address of its own: two workers may choose the same, and Docker refuses the second. */
async function startReplica(host: Host, release: Release, part: number, context: Starting): Promise<void> {
  const subnet = await ensureNetwork(host, context)
  for (let tries = 1; ; tries++) {
    context.signal.throwIfAborted()
    try {
      return await startAt(host, release, { part, address: pickAddress(subnet) }, context)
    } catch (error) {
      if (!isAddressTaken(error) || tries >= addressTries) throw error
    }
  }
}

async function startAt(
  host: Host,
  release: Release,
  own: { part: number; address: string },
  context: Starting,
): Promise<void> {
  const { network, appLimits } = host
  const { jobId, filesFolder } = context
  const spec = buildContainerSpec(release, { ...own, jobId, network, appLimits, filesFolder })
  const { id } = await startContainer(host, release, spec, context)
  context.started.push(id)
  context.log(`${spec.name} started`)
  // Of a companion it is told by its own name.
  if (!release.service)
    context.event('replica.started', { replica: spec.name, revision: release.revision, ...describeHost(host) })
}

/** Docker's words for a fixed address that another container has. */
function isAddressTaken(error: unknown): boolean {
  return error instanceof FailureError && /address already in use/i.test(error.diagnosis ?? '')
}

async function bringToHealth(host: Host, release: Release, context: Counting): Promise<void> {
  const own = (await listOwn(host, release, context)).filter(context.counts)
  let healthy = 0
  const bring = async (replica: ReplicaContainer) => {
    await bringOneToHealth(host, release, replica, context)
    context.progress(++healthy / own.length)
  }
  await allOrFirstFailure(own.map(bring))
}

/** Once healthy, Docker restarts it when it crashes. A replica that had come so far need only answer once more. */
async function bringOneToHealth(host: Host, release: Release, replica: ReplicaContainer, context: WorkContext) {
  const container = host.docker.getContainer(replica.id)
  const { HostConfig } = await callEngine(() => container.inspect())
  const proven = HostConfig.RestartPolicy?.Name === liveRestartPolicy.Name
  await awaitHealthy({ host, release, replica, proven }, context)
  if (proven) return
  await context.fence()
  await callEngine(() => container.update({ RestartPolicy: liveRestartPolicy }))
  if (!release.service)
    context.event('replica.healthy', { replica: replica.name, revision: release.revision, ...describeHost(host) })
}

/** Waits for all even when one fails, so that nothing goes on behind the back of the undo. */
async function allOrFirstFailure(work: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function undo(host: Host, ids: string[], stopSeconds: number, context: WorkContext): Promise<void> {
  // What led here is what counts. Beyond a lost fence whoever holds it now clears up by the labels.
  await Promise.allSettled(ids.map((id) => endContainer(host, id, stopSeconds, context)))
}
