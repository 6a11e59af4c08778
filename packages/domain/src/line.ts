import type { JobKind, JobState, WaitReason } from '@stevedore/contract'

/** An unfinished deploy or rollback of an environment. */
export interface LineMember {
  id: string
  kind: JobKind
  state: JobState
  waitingFor: WaitReason | null
  /** It holds the environment: at most one does. */
  active: boolean
  /** The place, among all deliveries of webhooks, of the one that led to it; null where a person asked. */
  delivery: number | null
  /** It changes a companion, which no deploy does in its place. */
  service?: boolean
}

export interface LineEntry {
  /** How the new job starts. */
  start: { state: 'queued' } | { state: 'waiting'; waitingFor: 'approval' | 'environment' }
  /** It takes the environment now. */
  takes: boolean
  /** Jobs that will not run any more. */
  supersedes: string[]
  /** The running deploy that must return its traffic and end. */
  aborts: string | undefined
}

/**
 * Where a new deploy or rollback stands. One job holds an environment at a time. A newer deploy supersedes those that wait unless the
 * environment keeps all; a rollback supersedes every waiting deploy and asks the running one to abort. A change of a companion gives way to none.
 */
export function enterLine(
  line: readonly LineMember[],
  job: { kind: 'deploy' | 'rollback'; approval: boolean; queue: 'latest' | 'all'; adopts?: boolean },
): LineEntry {
  const rollback = job.kind === 'rollback'
  const givesWay = (member: LineMember) => {
    if (member.active && !isHeld(member)) return false
    if (isHeld(member) && (rollback || job.adopts)) return true
    return member.kind === 'deploy' && !member.service && (rollback || job.queue === 'latest')
  }
  const supersedes = line.filter(givesWay).map((member) => member.id)
  const staying = line.filter((member) => !givesWay(member))
  const holder = staying.find((member) => member.active)
  const aborts = rollback && holder?.kind === 'deploy' && !holder.service ? holder.id : undefined
  if (job.approval) return { start: { state: 'waiting', waitingFor: 'approval' }, takes: false, supersedes, aborts }
  const free = staying.length === 0
  return free
    ? { start: { state: 'queued' }, takes: true, supersedes, aborts }
    : { start: { state: 'waiting', waitingFor: 'environment' }, takes: false, supersedes, aborts }
}

/** It has the environment, but has been told that its ledger is behind: what is asked for since then knows better. */
function isHeld(member: LineMember): boolean {
  return member.active && member.state === 'waiting' && member.waitingFor === 'restored'
}

/**
 * Who is next when the environment is free: a rollback before any deploy, then in order of arrival; among those that pushes led to it is
 * the arrival of the push that counts.
 */
export function chooseNext(line: readonly LineMember[]): string | undefined {
  const ready = line.filter((member) => member.state === 'waiting' && member.waitingFor === 'environment')
  const first = ready.find((member) => member.kind === 'rollback') ?? ready[0]
  return first && firstPushed(first, ready).id
}

function firstPushed(first: LineMember, ready: readonly LineMember[]): LineMember {
  return ready.reduce((best, member) => {
    const isEarlier = member.delivery !== null && best.delivery !== null && member.delivery < best.delivery
    return isEarlier && member.kind === best.kind ? member : best
  }, first)
}
