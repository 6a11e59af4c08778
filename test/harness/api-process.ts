import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiAnswer, type ApiRequest, createApiCaller } from '@stevedore/testkit'
import { startStevedoreProcess } from './stevedore-process.ts'

/** `stevedore api` in a process of its own, which can be killed. */
export interface ApiProcess {
  pid: number
  address: string
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>
  /** The admin token that the very first start on a database prints. */
  firstToken: string | undefined
  readOutput(): string
  waitForLine(pattern: RegExp): Promise<string>
  /** Resolves with the exit code. */
  signal(name: NodeJS.Signals): Promise<number | null>
  /** `kill -9` */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

export interface ApiProcessOptions {
  databaseUrl: string
  /** Sent with calls; the first token when absent. */
  token?: string
  env?: Record<string, string>
  /** The launcher, where it is that of another version. */
  command?: string
}

export async function startApiProcess({ databaseUrl, token, env, command }: ApiProcessOptions): Promise<ApiProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stevedore-api-'))
  const settings = { DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'info', STEVEDORE_DATA_DIR: dataDir, ...env }
  const process = startStevedoreProcess(['api'], settings, command === undefined ? {} : { command })
  const ended = process.ended.finally(() => rm(dataDir, { recursive: true, force: true }))
  const end = (signal: NodeJS.Signals) => {
    process.signal(signal)
    return ended
  }
  const [, address = ''] = /"address":"([^"]+)"/.exec(await process.waitForLine(/"address":/)) ?? []
  const firstToken = /\bstv_\S+/.exec(process.readOutput())?.[0]
  return {
    pid: process.pid,
    address,
    firstToken,
    call: createApiCaller(address, token ?? firstToken ?? ''),
    readOutput: process.readOutput,
    waitForLine: process.waitForLine,
    signal: end,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}
