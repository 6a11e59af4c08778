import { FailureError } from '@stevedore/contract'
import type { Terminal } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { Pod } from '../client/kinds.ts'
import { readLogText } from '../client/pod.ts'
import type { Action } from './action.ts'
import { type CopyOutput, isRunning } from './run-job.ts'

/** The cluster tells the end of what ran a moment after its terminal has ended. */
const lingerMs = 15_000

/** Shows what a pod prints at a terminal, and lends that the keys, once. Throws `command-lost` where the connection ends before the command does. */
export function copyTo(terminal: Terminal): CopyOutput {
  let endedAt = 0
  return async (action, pod, after) => {
    if (after === undefined) {
      await carry(action, pod, terminal)
      endedAt = performance.now()
    } else if (performance.now() - endedAt > lingerMs)
      throw new FailureError('command-lost', { diagnosis: 'its terminal ended, and it goes on' })
    return 'shown'
  }
}

/** A pod runs before anybody can attach to it: what it has shown until then is in its log. */
async function carry({ writer }: Action, pod: Pod, terminal: Terminal): Promise<void> {
  const { name } = pod.metadata
  const container = pod.spec.containers[0]?.name ?? ''
  const screen = openScreen(terminal)
  const begin = async () => screen.begin(await readLogText(writer, name, container))
  let beginning: Promise<void> | undefined
  const attach: Terminal['attach'] = (line) => {
    beginning = begin()
    beginning.catch(() => {})
    terminal.attach(line)
  }
  const command = { namespace: writer.namespace, pod: name, container, terminal: { size: terminal.size, attach } }
  try {
    if (isRunning(pod)) await writer.cluster.exec(command, (_output, piece) => screen.take(piece), writer.signal)
  } catch (error) {
    writer.signal.throwIfAborted()
    // It has ended meanwhile; where it has not, whoever follows the Job sees it go on.
    if (!(error instanceof ApiError) || error.status === 403) throw error
  }
  await (beginning ?? begin())
}

/** Holds what comes until it is known what was shown before. */
function openScreen({ show }: Pick<Terminal, 'show'>) {
  const held: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  let shown = promise
  let hasBegun = false
  return {
    /** Resolves once it was shown. */
    take(piece: Buffer): Promise<void> {
      if (hasBegun) shown = shown.then(() => show(piece))
      else held.push(piece)
      return shown
    },
    begin(before: Buffer): Promise<void> {
      hasBegun = true
      const piece = joinOutput(before, Buffer.concat(held))
      shown = shown.then(() => (piece.length > 0 ? show(piece) : undefined))
      resolve()
      return shown
    },
  }
}

/** A log and what came of the same output later, of which the log may hold the beginning already. */
export function joinOutput(before: Buffer, after: Buffer): Buffer {
  let shared = Math.min(before.length, after.length)
  while (shared > 0 && !before.subarray(before.length - shared).equals(after.subarray(0, shared))) shared -= 1
  return Buffer.concat([before, after.subarray(shared)])
}
