import { randomBytes } from 'node:crypto'
import { type Duplex, PassThrough } from 'node:stream'
import { FailureError } from '@stevedore/contract'
import type Docker from 'dockerode'
import { proxyFailure } from '../failure/proxy.ts'
import { type ExecResult, maxOutputBytes } from './exec.ts'

/** Of what a script may print of which nothing may be missing: the files of some thousand places. */
const maxWholeBytes = 64 * 2 ** 20

export interface Saying {
  signal: AbortSignal
  /** Too much output fails; otherwise what is too much is left out. */
  whole: boolean
}

/** A shell that runs in a container and waits for what it is told. */
export interface Session {
  /** @returns undefined when the shell ended before it was done */
  say(script: string, how: Saying): Promise<ExecResult | undefined>
  /** Ends by itself unless it is woken in time. @param onEnd told when that, or anything else, has ended it */
  rest(idleMs: number, onEnd: () => void): void
  wake(): void
  end(): void
  /** Why one that has ended did so. @throws FailureError */
  explain(signal: AbortSignal): Promise<never>
}

export async function openSession(container: Docker.Container, signal: AbortSignal): Promise<Session> {
  const { exec, stream } = await dial(container, signal)
  const outputs = [new PassThrough(), new PassThrough()] as const
  container.modem.demuxStream(stream, ...outputs)
  const end = () => void stream.destroy()
  // What a connection dies of is told by its end.
  stream.on('error', () => {}).on('end', end)
  let stopResting = () => {}
  return {
    say: (script, how) => converse(stream, outputs, script, how),
    rest(idleMs, onEnd) {
      const timer = setTimeout(end, idleMs).unref()
      stream.once('close', onEnd)
      setReferenced(stream, false)
      stopResting = () => {
        clearTimeout(timer)
        stream.off('close', onEnd)
        setReferenced(stream, true)
      }
    },
    wake: () => stopResting(),
    end,
    explain: (ends) => explainEnd(container, exec, ends),
  }
}

const notFoundCodes = [126, 127]

async function explainEnd({ id }: Docker.Container, exec: Docker.Exec, abortSignal: AbortSignal): Promise<never> {
  // That it ended is known: with its container the engine forgets how.
  const ended = await exec.inspect({ abortSignal }).catch(() => undefined)
  abortSignal.throwIfAborted()
  if (notFoundCodes.includes(ended?.ExitCode ?? 0)) throw proxyFailure('its image has no `sh`')
  throw new FailureError('engine-slow', {
    diagnosis: `the container ${id} ended, or a shell in it did, while it was asked`,
  })
}

/** A socket that nobody waits for keeps no process alive; the pipe of an ssh has no such thing, and ends in time. */
function setReferenced(stream: Duplex & { ref?(): void; unref?(): void }, wanted: boolean): void {
  if (wanted) stream.ref?.()
  else stream.unref?.()
}

/** The signal is of the one who waits now: the shell outlives it. */
async function dial(container: Docker.Container, signal: AbortSignal): Promise<{ exec: Docker.Exec; stream: Duplex }> {
  const dialing = new AbortController()
  const stop = () => dialing.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const abortSignal = dialing.signal
  try {
    signal.throwIfAborted()
    const attached = { AttachStdin: true, AttachStdout: true, AttachStderr: true }
    const exec = await container.exec({ Cmd: ['sh'], ...attached, abortSignal })
    return { exec, stream: await exec.start({ hijack: true, stdin: true, abortSignal }) }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Says one command, in a shell of its own so that it changes nothing for the next, and reads what it prints until the mark that follows
 * it. What it writes to a third output is read as if printed: there are commands whose own output goes elsewhere. `$saying` is a name
 * that no other saying has, the same command's second one included. A worker that is killed in the middle leaves half a command, of which a
 * shell runs nothing.
 */
function converse(
  stream: Duplex,
  [stdout, stderr]: readonly [PassThrough, PassThrough],
  script: string,
  { signal, whole }: Saying,
): Promise<ExecResult | undefined> {
  const [mark, saying] = [randomBytes(12).toString('hex'), randomBytes(6).toString('hex')]
  const [said, complaint] = [collect(stdout, mark, whole), collect(stderr, mark, whole)]
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult | undefined>()
  const stop = () => reject(signal.reason)
  const end = () => resolve(undefined)
  const finish = async () => {
    const [[text, exitCode], [errors]] = await Promise.all([said.ended, complaint.ended])
    resolve({ exitCode, stdout: text, stderr: errors })
  }
  finish().catch(reject)
  stream.once('close', end)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  else if (stream.destroyed) end()
  else
    stream.write(
      `( saying=${saying}; ${script}\n) </dev/null 3>&1; s=$?; printf '${mark} %d\\n' 0 >&2; printf '${mark} %d\\n' "$s"\n`,
    )
  return promise
    .catch((error: unknown) => {
      stream.destroy()
      throw error
    })
    .finally(() => {
      said.stop()
      complaint.stop()
      stream.off('close', end)
      signal.removeEventListener('abort', stop)
    })
}

/** Resolves with what came before the mark, as far as it was kept, and the number after it. */
function collect(output: PassThrough, mark: string, whole: boolean) {
  const { promise, resolve, reject } = Promise.withResolvers<[text: string, exitCode: number]>()
  const maxBytes = whole ? maxWholeBytes : maxOutputBytes
  const chunks: Buffer[] = []
  let [size, tail] = [0, '']
  const take = (chunk: Buffer) => {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size))
    size += chunk.length
    const tailLength = mark.length + 8
    tail = `${tail}${chunk.subarray(-tailLength).toString('latin1')}`.slice(-tailLength)
    const found = tail.endsWith('\n') ? tail.lastIndexOf(mark) : -1
    const printed = found < 0 ? size : size - (tail.length - found)
    if (whole && printed > maxBytes)
      return reject(new FailureError('internal', { diagnosis: 'a command printed too much' }))
    // The mark may lie in what was left out, or half of it.
    if (found >= 0)
      resolve([Buffer.concat(chunks).subarray(0, printed).toString('utf8'), Number(tail.slice(found + mark.length))])
  }
  output.on('data', take)
  return { ended: promise, stop: () => output.off('data', take) }
}
