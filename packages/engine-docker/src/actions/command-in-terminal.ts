import type { Duplex } from 'node:stream'
import { FailureError } from '@stevedore/contract'
import { type CommandEnd, type Place, pollUntil, type Terminal, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { detachKeys, lendTerminal, takeStream } from '../client/terminal.ts'
import { findExcess } from '../failure/excess.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { joinOwnNetwork } from './join-network.ts'

/**
 * Begins a command that was made for a terminal, attached to it, and follows it to its end. Docker itself says whether it was begun before: then its terminal is gone, and so is
 * what it showed.
 */
export async function beginInTerminal(
  host: Host,
  place: Place,
  { Id, State }: Pick<Docker.ContainerInfo, 'Id' | 'State'>,
  { terminal, context }: { terminal: Terminal; context: WorkContext },
): Promise<CommandEnd> {
  if (State !== 'created') throw lose('it was begun before, and its terminal is gone')
  const container = host.docker.getContainer(Id)
  await joinOwnNetwork(host, place, Id, context)
  const stream = await attach(container, context)
  const { signal } = context
  try {
    await start(container, context)
    await lendTerminal(stream, terminal, (size) => container.resize({ ...size, abortSignal: signal }))
    await takeStream(stream, signal, async (pieces) => {
      for await (const piece of pieces) await terminal.show(piece)
    })
  } finally {
    stream.destroy()
  }
  const exitCode = await readExitCode(container, signal)
  if (exitCode === 0) return { exitCode }
  const excess = await findExcess(container, place.settings, [])
  return excess === undefined ? { exitCode } : { exitCode, excess }
}

function lose(diagnosis: string): FailureError {
  return new FailureError('command-lost', { diagnosis })
}

/** Before it begins, so that nothing that it shows is missed. */
async function attach(container: Docker.Container, { signal: abortSignal }: WorkContext): Promise<Duplex> {
  const streams = { stream: true, stdin: true, stdout: true, stderr: true }
  const options = { ...streams, hijack: true, detachKeys, abortSignal }
  return (await callEngine(() => container.attach(options), undefined, abortSignal)) as Duplex
}

/** Docker says whose start it was: another's leads to another's terminal. */
async function start(container: Docker.Container, { fence }: WorkContext): Promise<void> {
  let isOwn = true
  const begin = async () => {
    await container.start().catch((error) => {
      ignoreStatus(304)(error)
      isOwn = false
    })
  }
  await fence()
  await callEngine(begin, 'container-start-failed')
  if (!isOwn) throw lose('another worker has begun it, at another terminal')
}

const endMs = 5_000
const lookMs = 100

async function readExitCode(container: Docker.Container, signal: AbortSignal): Promise<number> {
  const ask = async () => {
    const seen = await callEngine(() => container.inspect().catch(ignoreStatus(404)), undefined, signal)
    if (!seen) throw lose('what ran it is no longer there')
    return seen.State.Running ? undefined : seen.State.ExitCode
  }
  const exitCode = await pollUntil(ask, { deadlineMs: endMs, intervalMs: lookMs, signal })
  if (exitCode === undefined) throw lose('its terminal ended, and it goes on')
  return exitCode
}
