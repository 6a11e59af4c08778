import { FailureError } from '@stevedore/contract'
import {
  type CommandEnd,
  createLineSplitter,
  execMark,
  pollUntil,
  type ReplicaCommand,
  terminalType,
  withinMs,
  writeExecEnd,
} from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { ExecStatus } from '../client/exec.ts'
import type { Pod } from '../client/kinds.ts'
import { companionLabels } from '../spec/companions.ts'
import { nameContainer } from '../spec/names.ts'
import { isLeaving } from '../state/companions.ts'
import type { Action } from './action.ts'

/** Runs a command inside the app's container of a pod, or inside the companion that the place names. What begins it is all that can follow it. */
export async function execCommand(action: Action, { replica, ...asked }: ReplicaCommand): Promise<CommandEnd> {
  const before = await findLife(action, replica.name)
  if (!before) throw missing(replica.name)
  const status = await begin(action, before, asked)
  const exitCode = readExitCode(status)
  if (exitCode !== undefined && exitCode !== killedCode) return { exitCode }
  if (isRefused(status)) throw new FailureError('command-failed', { diagnosis: status?.message ?? 'it was not begun' })
  if (await hasEnded(action, before))
    throw new FailureError('replica-gone', { diagnosis: `${replica.name} ended before the command in it did` })
  if (exitCode !== undefined) return { exitCode }
  throw new FailureError('command-lost', {
    diagnosis: status?.message ?? 'the cluster no longer tells how the command goes on',
  })
}

/** Of what was killed, as all is that runs in a container which ends. */
const killedCode = 137

function missing(name: string): FailureError {
  return new FailureError('replica-missing', { diagnosis: `${name} does not run any more` })
}

/** A container as it runs: one that the kubelet has started anew is another. */
interface Life {
  pod: string
  container: string
  id: string
}

/** undefined where it does not run, or was told to end. Pods may be listed, not read one by one. */
async function findLife({ place, writer }: Action, name: string): Promise<Life | undefined> {
  // A companion is told of by its own name, which is no pod's.
  const { service } = place
  const which = service ? { labels: companionLabels(place, service.name) } : { fields: { 'metadata.name': name } }
  const found = (await writer.list('Pod', which)).find((one) => !isLeaving(one))
  if (!found) return undefined
  const container = chooseContainer(found, service?.name ?? nameContainer(place))
  const seen = found.status?.containerStatuses?.find(({ name }) => name === container)
  return container !== undefined && seen?.state?.running && seen.containerID
    ? { pod: found.metadata.name, container, id: seen.containerID }
    : undefined
}

function chooseContainer({ spec: { containers } }: Pod, wanted: string): string | undefined {
  const names = containers.map(({ name }) => name)
  return names.find((name) => name === wanted) ?? names[0]
}

type Asked = Pick<ReplicaCommand, 'words' | 'terminal'>

/** The API takes no variables for a command, so `env` sets the one by which its processes are found again. */
async function begin(action: Action, life: Life, { words, terminal }: Asked): Promise<ExecStatus | undefined> {
  const { context } = action
  const [first = ''] = words
  // `env` would take it for its own.
  const isOdd = first.includes('=') || first.startsWith('-')
  const variables = [`${execMark}=${context.jobId}`, ...(terminal ? [`TERM=${terminalType}`] : [])]
  const marked = isOdd ? words : ['env', ...variables, ...words]
  const status = await send(action, life, { words: marked, terminal })
  const lacksEnv = !isOdd && isRefused(status) && /"env"|\benv: no such file/.test(status?.message ?? '')
  if (!lacksEnv) return status
  context.log('the image has no `env`, by which the command would be marked: a cancel cannot end it')
  return send(action, life, { words, terminal })
}

async function send(
  action: Action,
  life: Life,
  { words, terminal }: Asked & { words: readonly string[] },
): Promise<ExecStatus | undefined> {
  const { writer, context } = action
  const splitters = new Map([1, 2].map((output) => [output, createLineSplitter(context.log)]))
  // Pieces come as they are read, and go to the terminal one after the other.
  let shown = Promise.resolve()
  const take = async (output: number, chunk: Buffer) => {
    if (!terminal) splitters.get(output)?.take(chunk)
    else shown = shown.then(() => terminal.show(chunk))
    await (terminal ? shown : context.awaitRoom())
  }
  await context.fence()
  try {
    return await writer.cluster.exec({ namespace: writer.namespace, ...life, words, terminal }, take, writer.signal)
  } catch (error) {
    writer.signal.throwIfAborted()
    // It is the pod's absence that is told as 404, and the container's as a fault of the server's.
    const isAway = error instanceof ApiError && error.status !== 403 && !(await findLife(action, life.pod))
    throw isAway ? missing(life.pod) : error
  } finally {
    for (const splitter of splitters.values()) splitter.end()
  }
}

function readExitCode(status: ExecStatus | undefined): number | undefined {
  if (status?.status === 'Success') return 0
  const code = status?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  return code !== undefined && /^\d{1,3}$/.test(code) ? Number(code) : undefined
}

/** What the runtime could not begin. */
function isRefused(status: ExecStatus | undefined): boolean {
  return /executable file not found|no such file or directory|permission denied|OCI runtime exec failed/.test(
    readExitCode(status) === undefined ? (status?.message ?? '') : '',
  )
}

const goneMs = 3_000
const lookMs = 200

/** What is killed in it is told of a moment before the container itself. */
async function hasEnded(action: Action, before: Life): Promise<boolean> {
  const ask = async () => (await findLife(action, before.pod))?.id !== before.id || undefined
  const options = { deadlineMs: goneMs, intervalMs: lookMs, signal: action.writer.signal }
  return (await pollUntil(ask, options)) ?? false
}

const endExecMs = 20_000

/** @returns why it may go on */
export async function endExec(action: Action, { name }: ReplicaCommand['replica']): Promise<string | undefined> {
  const { writer, context } = action
  const life = await findLife(action, name)
  if (!life) return undefined
  const said: Buffer[] = []
  await context.fence()
  const command = { namespace: writer.namespace, ...life, words: writeExecEnd(context.jobId) }
  try {
    const take = async (_output: number, chunk: Buffer) => void said.push(chunk)
    const status = await writer.cluster.exec(command, take, withinMs(endExecMs, writer.signal))
    if (readExitCode(status) === 0) return undefined
    return Buffer.concat(said).toString('utf8').trim() || status?.message || 'what ends it did not end well'
  } catch (error) {
    writer.signal.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
}
