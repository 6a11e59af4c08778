import type { V1PodSpec } from '@kubernetes/client-node'
import { FailureError, listVolumes } from '@stevedore/contract'
import { type Command, type CommandEnd, pollUntil, type Terminal } from '@stevedore/engine'
import type { Manifest, Pod, PodTemplate } from '../client/kinds.ts'
import { findExcess } from '../failure/explain-job.ts'
import { nameFiles } from '../spec/files.ts'
import { buildCommand, nameCommand } from '../spec/job.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import { namePolicy } from '../spec/network-policy.ts'
import { buildProcess } from '../spec/processes.ts'
import { type Action, buildManifests, type ReleaseAction, readState } from './action.ts'
import { copyTo } from './command-in-terminal.ts'
import { readFacts } from './roll-processes.ts'
import { followJob, refuseForeignJob, removeJob } from './run-job.ts'
import { writeSupporting } from './write-objects.ts'

/** The worker ends what is late; the cluster does so where there is none. */
const lastResortSeconds = 120

/**
 * Begins a command as a Job of its own, which stays until it is removed: it is the record that it was begun. With a terminal it is made
 * alone.
 */
export async function startCommand(action: ReleaseAction, command: Command): Promise<void> {
  // A worker that was lost just before the start has left it so.
  if (!(await findJob(action))) await makeJob(action, command)
  if (!command.hasTerminal) await startJob(action)
}

/** With no pod yet: a worker that is stopped before the cluster hears of it may do this when another has begun and ended the same. */
async function makeJob(action: ReleaseAction, { words, timeoutMs, process, hasTerminal }: Command): Promise<void> {
  const { place, writer, context } = action
  const state = await readState(action)
  const manifests = await buildManifests(writer, place, state)
  const own = manifests.supporting.filter((object) => isOfRevision(action, object))
  await writeSupporting(action, { ...manifests, supporting: own }, state)
  const timeoutSeconds = Math.ceil(timeoutMs / 1_000) + lastResortSeconds
  const job = { jobId: context.jobId, command: words, timeoutSeconds, hasTerminal }
  const template =
    process === undefined
      ? manifests.template
      : buildProcess(place, process, await readFacts(writer, place)).spec.template
  await writer.create(buildCommand(place, dropForeignClaims(action, template), job))
}

/** Lets the pod come, unless that was done: of a Job as it was seen, so that none is begun which another has ended. @returns whether it was not done before */
async function startJob({ place, writer, context }: Action): Promise<boolean> {
  let isOwn = false
  await writer.change('Job', nameCommand(place, context.jobId), ({ spec }) => {
    isOwn = spec.parallelism === 0
    return isOwn ? { spec: { parallelism: 1 } } : undefined
  })
  return isOwn
}

/** Of what a deploy writes that alone: all else is for what serves, which may be another revision by now. */
function isOfRevision({ place }: ReleaseAction, { kind, metadata }: Manifest): boolean {
  if (kind === 'NetworkPolicy') return metadata.name === namePolicy(place, place.revision)
  return kind === 'Secret' || (kind === 'ConfigMap' && metadata.name === nameFiles(place, place.revision))
}

/** Of claims that manifests bring, nobody says whether a second pod may have them open. */
function dropForeignClaims({ place, context }: ReleaseAction, template: PodTemplate): PodTemplate {
  const { spec } = template
  if (!spec || listVolumes(place.settings).length > 0) return template
  const claims = (spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim)
  if (claims.length === 0) return template
  const names = claims.map(({ name }) => name)
  context.log(`not attached, since what serves may have them open: ${names.join(', ')}`)
  return { ...template, spec: dropVolumes(spec, names) }
}

function dropVolumes(spec: V1PodSpec, names: readonly string[]): V1PodSpec {
  const isKept = ({ name }: { name: string }) => !names.includes(name)
  const containers = spec.containers.map((one) => ({ ...one, volumeMounts: (one.volumeMounts ?? []).filter(isKept) }))
  return { ...spec, containers, volumes: (spec.volumes ?? []).filter(isKept) }
}

async function findJob({ place, writer, context: { jobId } }: Action) {
  const found = await writer.get('Job', nameCommand(place, jobId))
  if (found && !(belongsTo(found, place) && found.metadata.labels?.[keys.command] === jobId))
    throw refuseForeignJob(found)
  return found
}

export async function followCommand(action: Action, terminal?: Terminal): Promise<CommandEnd | undefined> {
  const { place, writer } = action
  if (!(await findJob(action))) return undefined
  if (terminal && !(await startJob(action)))
    throw new FailureError('command-lost', { diagnosis: 'it was begun before, and its terminal is gone' })
  const ended = await followJob(action, nameCommand(place, action.context.jobId), terminal && copyTo(terminal))
  if (!ended) return undefined
  const { outcome, job, pod } = ended
  if (outcome === 'succeeded') return { exitCode: 0 }
  const exitCode = readExitCode(pod)
  const isLate = job.status?.conditions?.some(({ reason }) => reason === 'DeadlineExceeded')
  if (isLate) throw new FailureError('deadline-exceeded', { diagnosis: `Job ${job.metadata.name} did not end in time` })
  if (exitCode === undefined)
    throw new FailureError('command-lost', { diagnosis: `the pod of Job ${job.metadata.name} is gone` })
  const excess = findExcess(writer, { place, pod })
  return excess === undefined ? { exitCode } : { exitCode, excess }
}

function readExitCode(pod: Pod | undefined): number | undefined {
  return pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode
}

const pollMs = 400

/** Its pod is told to end with it, and has the time for that which its settings give. */
export async function removeCommand(action: Action): Promise<void> {
  const { place, writer, context, deadlineAt } = action
  if (!(await findJob(action))) return
  const name = nameCommand(place, context.jobId)
  await removeJob(action, name)
  const options = { intervalMs: pollMs, deadlineMs: deadlineAt - performance.now(), signal: context.signal }
  await pollUntil(async () => {
    const pods = await writer.list('Pod', { labels: { 'job-name': name } })
    return pods.every(({ metadata }) => metadata.deletionTimestamp) || undefined
  }, options)
}
