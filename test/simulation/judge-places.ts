import type { EnvironmentRecord, Job } from '@stevedore/ledger'
import { judgeWorld } from '../../scripts/soak/judge-effects.ts'
import { readWorld } from '../chaos/deploy-engine.ts'
import type { Deed } from '../chaos/script.ts'

type World = ReturnType<typeof readWorld>

/** What runs in each environment is what the ledger says; what a removal had begun to take down when it was ended stays taken down. */
export function judgeWorlds(
  jobs: readonly Job[],
  environments: readonly EnvironmentRecord[],
  deeds: readonly Deed[],
): string[] {
  return environments.flatMap(({ app, currentRevision }) => {
    const world = withoutGone(readWorld(deeds, app))
    const isHalf = isHalfRemoved(jobs.filter((job) => job.app === app))
    const broken = isHalf ? findBeside(world, currentRevision) : judgeWorld(world, currentRevision, 1)
    return broken.map((rule) => `${app}: ${rule}`)
  })
}

/** Where no replica is, nothing is routed, whatever weight a revision once had. */
function withoutGone({ replicas, traffic }: World): World {
  const present = Object.entries(traffic).filter(([revision]) => replicas[Number(revision)])
  return { replicas, traffic: Object.fromEntries(present) }
}

/** Whether a removal was ended in the middle, and nothing has succeeded since. @param jobs of one environment, newest first */
function isHalfRemoved(jobs: readonly Job[]): boolean {
  const begun = jobs.filter(({ startedAt, kind }) => startedAt && (kind === 'deploy' || kind === 'rollback'))
  const inOrder = begun.toReversed().toSorted((a, b) => Number(a.startedAt) - Number(b.startedAt))
  const since = inOrder.slice(inOrder.findLastIndex(({ state }) => state === 'succeeded') + 1)
  return since.some(isRemoval)
}

const isRemoval = ({ resolved }: Job) => 'remove' in resolved

function findBeside({ replicas, traffic }: World, current: number | null): string[] {
  const beside = Object.keys({ ...replicas, ...traffic }).filter((revision) => Number(revision) !== current)
  return beside.map((revision) => `revision ${revision} runs beside ${current}, of which a part is removed`)
}

/** Each environment is as its last job that succeeded left it, and each of them did what it was asked for. */
export function judgePlaces(
  jobs: readonly Job[],
  environments: readonly EnvironmentRecord[],
  deeds: readonly Deed[],
): string[] {
  const ended = jobs.filter(({ state, kind }) => state === 'succeeded' && (kind === 'deploy' || kind === 'rollback'))
  return [
    ...environments.flatMap((place) => judgePlace(place, ended)),
    ...ended.flatMap((job) => judgeRollback(job, deeds)),
    ...ended.filter(isRemoval).flatMap((job) => judgeRemoval(job, deeds)),
  ]
}

function judgePlace(
  { app, environment, currentRevision, pinnedBy }: EnvironmentRecord,
  ended: readonly Job[],
): string[] {
  const own = ended.filter((job) => job.app === app && job.environment === environment)
  // They come newest first; what stood before has one time for all.
  const last = own
    .toReversed()
    .toSorted((a, b) => Number(a.finishedAt) - Number(b.finishedAt))
    .at(-1)
  if (!last) return []
  const named = `${app}: the ${last.kind} ${last.id} was the last that succeeded`
  const left = last.result && 'revision' in last.result ? last.result.revision : null
  const broken = left === currentRevision ? [] : [`${named} and left ${left}, what is active is ${currentRevision}`]
  const isPinned = last.kind === 'rollback'
  if (isPinned !== (pinnedBy !== null)) broken.push(`${named}, and it is ${isPinned ? 'not ' : ''}pinned`)
  return broken
}

/** Exactly what was asked for serves, and nothing else was given traffic in its name. */
function judgeRollback({ id, kind, request, resolved, result }: Job, deeds: readonly Deed[]): string[] {
  if (kind !== 'rollback' || !('toRevision' in resolved)) return []
  const asked = ('toRevision' in request && request.toRevision) || resolved.toRevision
  const led = result && 'revision' in result ? result.revision : undefined
  const routed = deeds
    .flatMap(({ jobId, effect }) => (jobId === id && effect && 'weights' in effect ? [effect] : []))
    .at(-1)
  const isElsewhere = routed && JSON.stringify(routed.weights) !== JSON.stringify({ [asked]: 100 })
  if (led === asked && !isElsewhere) return []
  return [
    `the rollback ${id} was to lead to revision ${asked} and led to ${led}, with traffic ${JSON.stringify(routed?.weights)}`,
  ]
}

/** When it has had its last effect, nothing of its environment is left. */
function judgeRemoval({ id, app }: Job, deeds: readonly Deed[]): string[] {
  const last = deeds.findLastIndex(({ jobId }) => jobId === id)
  const { replicas, traffic } = last < 0 ? { replicas: {}, traffic: {} } : readWorld(deeds.slice(0, last + 1), app)
  const left = Object.keys({ ...replicas, ...traffic })
  return left.length === 0 ? [] : [`the removal ${id} was over, and revision ${left.join(', ')} went on`]
}
