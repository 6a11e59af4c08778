import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Sends a signal and waits for the end. One that has ended before is left alone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/**
 * Reads a program's output up to the line that tells that it is ready, and lets what follows pass by.
 * @returns what the pattern found in that line
 * @throws with all that was said, when the output ends without such a line
 */
export async function readUntil(output: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  const lines: string[] = []
  let found: RegExpExecArray | null = null
  for await (const line of createInterface(output)) {
    lines.push(line)
    found = pattern.exec(line)
    if (found) break
  }
  if (!found) throw new Error(`the program ended before it was ready:\n${lines.join('\n')}`)
  // The end of the loop has paused it: the program would block once its pipe is full.
  output.resume()
  return found
}
