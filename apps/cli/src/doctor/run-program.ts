import type { Config } from '@stevedore/config'
import { execa } from 'execa'

const timeoutMs = 10_000

export interface Ran {
  /** undefined where it could not be started, or did not end in time. */
  exitCode: number | undefined
  stdout: string
  stderr: string
  failedToStart: boolean
}

/** Runs a program to its end, never longer than 10 s. Its end is never an error. */
export async function runProgram(
  program: string,
  arguments_: string[],
  { env = {}, input }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ran> {
  const options = { timeout: timeoutMs, reject: false, env } as const
  const given = input === undefined ? ({ stdin: 'ignore' } as const) : { input }
  const { exitCode, stdout = '', stderr = '', ...ended } = await execa(program, arguments_, { ...options, ...given })
  const failedToStart = ended.failed && exitCode === undefined && !ended.timedOut
  return { exitCode, stdout: String(stdout), stderr: String(stderr), failedToStart }
}

/** For the Docker client: the engine that a worker with these settings works on. */
export function dockerEnvironment({ dockerHost }: Pick<Config, 'dockerHost'>): Record<string, string> {
  return dockerHost ? { DOCKER_HOST: dockerHost } : {}
}

/** What a program complains of stands at the end. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
