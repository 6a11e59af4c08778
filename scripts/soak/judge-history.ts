import { finalStates, type JobState } from '@stevedore/contract'

/** A request of the client's, with one key for all the times that it was sent, and all that it heard of it. */
export interface Asked {
  key: string
  /** In words. */
  what: string
  /** One for each time; without a status when nobody answered. */
  answers: { status?: number; jobId?: string }[]
  /** The job's events, as a watcher was told them over streams that broke off and were resumed. */
  told: { seq: number; type: string }[]
}

/** What the ledger has in the end. */
export interface Kept {
  jobs: readonly { id: string; state: JobState }[]
  /** The job that each key stands for. */
  keys: ReadonlyMap<string, string>
}

/** What the client was told against what is kept, in words: nothing lost, doubled, gapped, forked, or told otherwise. */
export function judgeHistory(asked: readonly Asked[], { jobs, keys }: Kept): string[] {
  const states = new Map(jobs.map(({ id, state }) => [id, state]))
  const heard = new Set(asked.map(({ key }) => key))
  const known = new Set([...keys].filter(([key]) => heard.has(key)).map(([, id]) => id))
  const unasked = jobs.filter(({ id }) => !known.has(id)).map(({ id }) => `job ${id} is doubled: no request is its own`)
  const shared = [...Map.groupBy(keys, ([, id]) => id)].filter(([, own]) => own.length > 1)
  return [
    ...asked.flatMap((request) => judgeRequest(request, states, keys).map((rule) => `${request.what}: ${rule}`)),
    ...unasked,
    ...shared.map(([id, own]) => `job ${id} stands for ${own.length} requests`),
  ]
}

function judgeRequest(
  { key, answers, told }: Asked,
  states: ReadonlyMap<string, JobState>,
  keys: ReadonlyMap<string, string>,
): string[] {
  const ids = [...new Set(answers.flatMap(({ jobId }) => jobId ?? []))]
  const refused = answers.find(({ status }) => status !== undefined && status !== 202 && !isToldToWait(status))
  const broken: string[] = []
  if (ids.length > 1) broken.push(`it is forked: one key was answered with the jobs ${ids.join(' and ')}`)
  if (refused && keys.has(key)) broken.push(`it was refused with ${refused.status} and is kept`)
  for (const id of ids) {
    const state = states.get(id)
    if (state === undefined) broken.push(`job ${id} is lost: it was accepted and is not kept`)
    else if (!finalStates.some((final) => final === state)) broken.push(`job ${id} has not ended: ${state}`)
    else if (keys.get(key) !== id) broken.push(`job ${id} was answered, the key stands for ${keys.get(key)}`)
    broken.push(...judgeTold(told, id, state))
  }
  return broken
}

/** Too many requests, or a ledger that is away: the same request is to come again. */
function isToldToWait(status: number): boolean {
  return status === 429 || status >= 500
}

function judgeTold(told: Asked['told'], id: string, state: JobState | undefined): string[] {
  const gap = told.findIndex(({ seq }, index) => seq !== index + 1)
  if (gap >= 0) return [`job ${id}: its watcher was told event ${told[gap]?.seq} after ${told[gap - 1]?.seq ?? 'none'}`]
  const last = told.at(-1)?.type
  return last === `job.${state}` ? [] : [`job ${id} is ${state}, its watcher was last told ${last}`]
}
