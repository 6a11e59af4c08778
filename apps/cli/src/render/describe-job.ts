import type { FailureView, JobDetailView, JobView, WaitReason } from '@stevedore/contract'
import { formatDuration } from './time.ts'
import { plain } from './visible.ts'

/** What requests can name; each kind has some of it. */
interface Details {
  version?: string
  image?: string
  toRevision?: number
  ref?: string
  scale?: Record<string, number>
  process?: string
}

/** `deploy shop to staging, version 1.2.0`. */
export function nameJob(job: JobView): string {
  if (job.request.kind === 'run') return nameRun(job, job.request)
  const [verb, preposition] = wordsOf(job)
  const place = job.environment ? ` ${preposition} ${job.environment}` : ''
  return [`${verb} ${job.app}${place}`, ...nameTargets(job), ...listDetails(job.request)].join(', ')
}

function nameRun({ app, environment }: JobView, request: Extract<JobView['request'], { kind: 'run' }>): string {
  const schedule = request.schedule === undefined ? '' : `, schedule ${request.schedule}`
  return `run in ${nameReplica(request)}${app} ${environment}${schedule}: ${writeCommand(request.command)}`
}

/** Of a command inside what runs: in which of the app's. */
function nameReplica({
  in: where,
  process = 'web',
  replica,
}: {
  in?: string
  process?: string
  replica?: string
}): string {
  return where === undefined ? '' : `${replica ?? `a replica of ${process}`} of `
}

const longestCommand = 200

/** As a person could write it for a shell; what is long is cut. */
function writeCommand(words: readonly string[]): string {
  const written = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  const text = written.join(' ')
  return text.length > longestCommand ? `${text.slice(0, longestCommand)} …` : text
}

/** What a deploy does instead of one: takes its environment down, takes what runs as it is, makes it run afresh, or in other counts. */
export function nameVariant({ request }: JobView): Variant | undefined {
  if (request.kind !== 'deploy') return undefined
  return variants.find((name) => request[name])
}

const variants = ['remove', 'adopt', 'restart', 'scale'] as const
type Variant = (typeof variants)[number]

/** As it was asked for, else what it came to mean. */
function nameTargets({ request, targets }: JobView): string[] {
  const named = 'target' in request && request.target ? [request.target] : targets
  return named.length > 0 ? [`target ${named.join(' and ')}`] : []
}

function listDetails({ version, image, toRevision, ref, scale, process }: Details): string[] {
  return [
    version ? `version ${version}` : undefined,
    image ? `image ${image}` : undefined,
    ref ? `ref ${ref}` : undefined,
    toRevision ? `to revision ${toRevision}` : undefined,
    scale ? writeCounts(scale) : undefined,
    process ? `process ${process}` : undefined,
  ].filter((detail) => detail !== undefined)
}

/** `web=3 worker=4` */
export function writeCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ')
}

function wordsOf(job: JobView): [verb: string, preposition: string] {
  if (job.kind === 'rollback') return ['roll back', 'in']
  if (job.request.kind === 'deploy' && job.request.service) return [`update service ${job.request.service} of`, 'in']
  const variant = nameVariant(job)
  if (variant === undefined) return [job.kind, 'to']
  return [variant, variant === 'remove' ? 'from' : 'in']
}

const waits: Record<WaitReason, (job: JobView) => string> = {
  approval: (job) => `waits for approval: stevedore approve ${job.id}`,
  environment: (job) => `waits in line${job.place === null ? '' : `, ${job.place} before it`}`,
  pause: (job) => `paused: stevedore resume ${job.id}`,
  promotion: (job) => `paused until promoted: stevedore promote ${job.id}`,
  retry: () => 'waits for another attempt',
  engine: () => 'waits for the engine',
  registry: () => 'waits for the registry',
  source: () => 'waits for the source',
  worker: ({ kind }) => `waits for a worker that takes jobs of the kind ${kind}`,
  restored: (job) =>
    `waits for your word, since what runs is newer than the ledger: ` +
    `stevedore adopt ${job.app} ${job.environment}, or stevedore promote ${job.id} to go over it`,
}

/** What an approval is of. */
export function describeApproval(job: JobView): string {
  const brought = job.image === null ? '' : `, ${job.image}`
  return `approving: ${nameJob(job)}${brought}, by version ${job.specVersion} of the spec, as ${job.requestedBy} asked`
}

/** Where the job stands: its state, or what it waits for and until when. */
export function describeState(job: JobView, now = Date.now()): string {
  if (job.waitingFor === null || (job.state !== 'waiting' && job.waitingFor !== 'worker')) return job.state
  if (job.dueAt === null) return waits[job.waitingFor](job)
  const left = formatDuration(Date.parse(job.dueAt) - now)
  return job.waitingFor === 'pause' ? `paused, goes on in ${left}` : `${waits[job.waitingFor](job)}, in ${left}`
}

/** What failed, what was seen and what to do about it. */
export function describeFailure(failure: FailureView): string {
  const diagnosis = failure.diagnosis ? plain(failure.diagnosis).trimEnd().replaceAll(/^/gm, '  ') : undefined
  const more = failure.runbook === undefined ? undefined : `More of it: ${failure.runbook}`
  return [`${failure.code}: ${plain(failure.message)}`, diagnosis, `What to do: ${failure.remedy}`, more]
    .filter((line) => line !== undefined)
    .join('\n')
}

export function jobDurationMs(job: JobDetailView, now = Date.now()): number {
  if (!job.startedAt) return 0
  return (job.finishedAt ? Date.parse(job.finishedAt) : now) - Date.parse(job.startedAt)
}
