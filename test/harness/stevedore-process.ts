import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { commandPath } from '../../scripts/demo/command.ts'

/** `stevedore …` as users start it, in a process of its own. */
export interface StevedoreProcess {
  pid: number
  /** All that it has written so far, errors included. */
  readOutput(): string
  /** The first line, past or future, that fits. Rejects, with the output, when the process ends without one. */
  waitForLine(pattern: RegExp): Promise<string>
  signal(name: NodeJS.Signals): void
  /** Its exit code; null when a signal ended it. */
  ended: Promise<number | null>
}

/**
 * @param env the only variables that it sees, beside PATH
 * @param options.detached in a group of its own, as a shell starts it on a terminal
 * @param options.command the launcher, where it is that of another version
 */
export function startStevedoreProcess(
  arguments_: readonly string[],
  env: NodeJS.ProcessEnv,
  { detached = false, command = commandPath }: { detached?: boolean; command?: string } = {},
): StevedoreProcess {
  // One that is killed removes nothing.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'stevedore-process-'))
  const started = watchProcess(
    spawn(process.execPath, [command, ...arguments_], {
      env: { PATH: process.env.PATH, TMPDIR, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    }),
  )
  void started.ended.then(() => rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 5 }))
  return started
}

/** @param child its standard output and error are pipes */
export function watchProcess(child: ChildProcess): StevedoreProcess {
  const lines: string[] = []
  const waiting = new Set<(line: string) => void>()
  for (const output of [child.stdout!, child.stderr!])
    createInterface(output).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look(line)
    })
  const ended = once(child, 'close').then(([code]): number | null => code)
  const readOutput = () => lines.join('\n')
  return {
    pid: child.pid!,
    readOutput,
    async waitForLine(pattern) {
      const past = lines.find((line) => pattern.test(line))
      const coming = new Promise<string>((resolve) => waiting.add((line) => pattern.test(line) && resolve(line)))
      const found = past ?? (await Promise.race([coming, ended]))
      if (typeof found === 'string') return found
      throw new Error(`the process ended with ${found} and never said ${pattern}:\n${readOutput()}`)
    },
    signal: (name) => void child.kill(name),
    ended,
  }
}
