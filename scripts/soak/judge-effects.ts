import type { World } from '../../test/chaos/deploy-engine.ts'
import type { Deed } from '../../test/chaos/script.ts'

/** When an attempt held its job. */
export interface Holding {
  attempt: number
  endedAt: Date | null
}

/** Between the ledger's own time of an end and its commit. */
const COMMIT_MS = 1_000
const ONCE: readonly Deed['point'][] = ['build', 'push', 'finalize']

/** What the engines were made to do, in words: only whoever holds a job has an effect, and each attempt has those of one time alone once. */
export function judgeEffects(deeds: readonly Deed[], holdings: ReadonlyMap<string, readonly Holding[]>): string[] {
  const did = deeds.filter(({ what }) => what === 'did')
  const attempts = [...Map.groupBy(did, ({ jobId, attempt }) => `attempt ${attempt} of ${jobId}`)]
  const wrong = attempts.flatMap(([name, own]) => {
    const { jobId, attempt } = own[0]!
    const held = holdings.get(jobId)?.find((holding) => holding.attempt === attempt)
    return [...findDoubled(own), ...findLate(own, held)].map((rule) => `${name} ${rule}`)
  })
  return [...wrong, ...findBegunAgain(did)]
}

/** A command is begun once, whoever has its job. */
function findBegunAgain(did: readonly Deed[]): string[] {
  const begun = Map.groupBy(
    did.filter(({ point }) => point === 'begin-command'),
    ({ jobId }) => jobId,
  )
  return [...begun].filter(([, { length }]) => length > 1).map(([jobId]) => `the command of ${jobId} was begun again`)
}

function findDoubled(deeds: readonly Deed[]): string[] {
  const twice = ONCE.filter((point) => deeds.filter((deed) => deed.point === point).length > 1)
  const workers = new Set(deeds.map(({ pid }) => pid))
  const several = workers.size > 1 ? [`had effects by ${workers.size} workers`] : []
  return [...twice.map((point) => `had the effect ${point} twice`), ...several]
}

/** The fence is asked directly before the effect: what a worker does that was stopped between the two, it cannot know. */
function findLate(deeds: readonly Deed[], held: Holding | undefined): string[] {
  if (!held) return ['had an effect and is not kept']
  const end = held.endedAt?.getTime() ?? Number.POSITIVE_INFINITY
  const late = deeds.filter(({ askedAt = 0 }) => askedAt > end + COMMIT_MS)
  return late.map(({ point, askedAt = 0 }) => `had the effect ${point} ${askedAt - end} ms after it had ended`)
}

/** What runs of an app against what the ledger says does: the current revision has all traffic, and nothing else is left. */
export function judgeWorld({ replicas, traffic }: World, current: number | null, wanted: number): string[] {
  const expected: World =
    current === null ? { replicas: {}, traffic: {} } : { replicas: { [current]: wanted }, traffic: { [current]: 100 } }
  const [is, ought] = [{ replicas, traffic }, expected].map((world) => JSON.stringify(world))
  return is === ought ? [] : [`what runs is ${is}, by the ledger it is ${ought}`]
}
