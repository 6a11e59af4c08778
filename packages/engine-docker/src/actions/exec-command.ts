import { FailureError } from '@stevedore/contract'
import {
  type CommandEnd,
  createLineSplitter,
  execMark,
  type LineSplitter,
  type Place,
  pollUntil,
  type ReplicaCommand,
  terminalType,
  type WorkContext,
  withinMs,
  writeExecEnd,
} from '@stevedore/engine'
import type Docker from 'dockerode'
import { execIn } from '../client/exec.ts'
import { readFrames } from '../client/log-frames.ts'
import { detachKeys, lendTerminal, takeStream } from '../client/terminal.ts'
import { callEngine, ignoreStatus, recognizeFailure } from '../failure/translate.ts'
import { describeHost, type Host } from '../hosts.ts'
import {
  isRunning,
  listAllOfProcesses,
  listAllReplicas,
  listReplicas,
  type ReplicaContainer,
} from '../state/replicas.ts'

type Named = ReplicaCommand['replica']

/** Runs a command inside the container of a replica, or of the companion that the place names. Docker keeps no name for it: what begins it is all that can follow it. */
export async function execCommand(
  hosts: readonly Host[],
  place: Place,
  { replica, words, terminal }: ReplicaCommand,
  context: WorkContext,
): Promise<CommandEnd> {
  const container = await findContainer(hosts, place, replica, context.signal)
  if (!container) throw missing(replica)
  const before = await readLife(container)
  if (!before.running) throw missing(replica)
  const { exec, stream } = await begin(container, { words, terminal }, context)
  await takeStream(stream, context.signal, async (pieces) => {
    if (terminal) for await (const piece of pieces) await terminal.show(piece)
    else await copyLines(pieces, context)
  })
  const exitCode = await readEnd(exec, context.signal)
  if (exitCode !== undefined && exitCode !== killedCode) return { exitCode }
  if (await hasEnded(container, before, context.signal))
    throw new FailureError('replica-gone', { diagnosis: `${replica.name} ended before the command in it did` })
  if (exitCode !== undefined) return { exitCode }
  throw new FailureError('command-lost', { diagnosis: 'the engine no longer tells how the command goes on' })
}

/** Of what was killed, as all is that runs in a container which ends. */
const killedCode = 137

function missing({ name }: Named): FailureError {
  return new FailureError('replica-missing', { diagnosis: `${name} does not run any more` })
}

async function findContainer(
  hosts: readonly Host[],
  place: Place,
  { name, host: wanted }: Named,
  signal: AbortSignal,
): Promise<Docker.Container | undefined> {
  for (const host of hosts.filter((one) => describeHost(one).host === wanted)) {
    // A companion is told of by its own name, which is no container's.
    const all = place.service ? await listReplicas(host, place, signal) : await listOfPlace(host, place, signal)
    const found = all.find((one) => (place.service !== undefined || one.name === name) && isRunning(one))
    if (found) return host.docker.getContainer(found.id)
  }
  return undefined
}

async function listOfPlace(host: Host, place: Place, signal: AbortSignal): Promise<ReplicaContainer[]> {
  return [...(await listAllReplicas(host, place, signal)), ...(await listAllOfProcesses(host, place, signal))]
}

async function begin(
  container: Docker.Container,
  { words, terminal }: Pick<ReplicaCommand, 'words' | 'terminal'>,
  { fence, jobId, signal }: WorkContext,
) {
  const Tty = terminal !== undefined
  const keys = Tty ? { DetachKeys: detachKeys } : {}
  const attached = { AttachStdin: Tty, AttachStdout: true, AttachStderr: true, Tty, ...keys, abortSignal: signal }
  const Env = [`${execMark}=${jobId}`, ...(Tty ? [`TERM=${terminalType}`] : [])]
  const exec = await callEngine(() => container.exec({ Cmd: [...words], Env, ...attached }), undefined, signal)
  await fence()
  const stream = await callEngine(
    () => exec.start({ hijack: true, stdin: Tty, Tty, abortSignal: signal }).catch(refuseUnknown),
    undefined,
    signal,
  )
  if (terminal) await lendTerminal(stream, terminal, (size) => exec.resize({ ...size, abortSignal: signal }))
  return { exec, stream }
}

/** What the image does not have was not begun. */
function refuseUnknown(error: unknown): never {
  const said = error instanceof Error ? error.message : String(error)
  if (recognizeFailure(said) !== 'container-start-failed') throw error
  throw new FailureError('command-failed', { diagnosis: said, cause: error })
}

/** Each output has its own lines. A slow ledger holds the stream. */
async function copyLines(chunks: AsyncIterable<Buffer>, { log, awaitRoom }: WorkContext): Promise<void> {
  const splitters = new Map<number, LineSplitter>()
  for await (const { stream: output, payload } of readFrames(chunks)) {
    const splitter = splitters.get(output) ?? createLineSplitter(log)
    splitters.set(output, splitter)
    splitter.take(payload)
    await awaitRoom()
  }
  for (const splitter of splitters.values()) splitter.end()
}

const endMs = 5_000
const lookMs = 100

/** @returns undefined where the engine has forgotten it, or says that it goes on although its output has ended */
async function readEnd(exec: Docker.Exec, signal: AbortSignal): Promise<number | undefined> {
  const ask = async () => {
    const seen = await callEngine(
      () => exec.inspect({ abortSignal: signal }).catch(ignoreStatus(404)),
      undefined,
      signal,
    )
    if (!seen) return { exitCode: undefined }
    return seen.Running ? undefined : { exitCode: seen.ExitCode ?? undefined }
  }
  return (await pollUntil(ask, { deadlineMs: endMs, intervalMs: lookMs, signal }))?.exitCode
}

interface Life {
  running: boolean
  /** When it was last started: one that the engine has started anew is another. */
  since: string
}

async function readLife(container: Docker.Container): Promise<Life> {
  const found = await callEngine(() => container.inspect().catch(ignoreStatus(404)))
  return { running: found?.State.Running ?? false, since: found?.State.StartedAt ?? '' }
}

/** What is killed in it is told of a moment before the container itself. */
async function hasEnded(container: Docker.Container, before: Life, signal: AbortSignal): Promise<boolean> {
  const ask = async () => {
    const { running, since } = await readLife(container)
    return !running || since !== before.since || undefined
  }
  return (await pollUntil(ask, { deadlineMs: goneMs, intervalMs: lookMs, signal })) ?? false
}

const goneMs = 2_000
const endExecMs = 20_000

/** @returns why it may go on */
export async function endExec(
  hosts: readonly Host[],
  place: Place,
  replica: Named,
  { jobId, fence, signal }: WorkContext,
): Promise<string | undefined> {
  const container = await findContainer(hosts, place, replica, signal)
  if (!container) return undefined
  await fence()
  const ended = withinMs(endExecMs, signal)
  try {
    const { exitCode, stdout, stderr } = await execIn(container, writeExecEnd(jobId), {
      signal: ended,
      timeoutMs: endExecMs,
    })
    return exitCode === 0 ? undefined : `${stderr}${stdout}`.trim() || `what ends it exited with code ${exitCode}`
  } catch (error) {
    signal.throwIfAborted()
    return error instanceof FailureError ? (error.diagnosis ?? error.message) : String(error)
  }
}
