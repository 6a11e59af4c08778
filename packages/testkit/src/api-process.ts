import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { type ApiAnswer, type ApiRequest, createApiCaller } from './api-caller.ts'

const program = fileURLToPath(new URL('../../../apps/api/src/main.ts', import.meta.url))

/** An API in a process of its own, which can be killed. */
export interface ApiProcess {
  address: string
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>
  /** The admin token that the very first start on a database prints. */
  firstToken: string | undefined
  /** `kill -9` */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | undefined>
}

/** @param options.token sent with calls; the first token when absent */
export async function startApiProcess(options: {
  databaseUrl: string
  token?: string
  env?: Record<string, string>
}): Promise<ApiProcess> {
  const child = execa(process.execPath, [program], {
    env: {
      DATABASE_URL: options.databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'info',
      STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64'),
      ...options.env,
    },
    reject: false,
    buffer: { stdout: false, stderr: true },
  })
  let firstToken: string | undefined
  let address: string | undefined
  for await (const line of createInterface(child.stdout)) {
    firstToken ??= /\bstv_\S+/.exec(line)?.[0]
    address = /"address":"([^"]+)"/.exec(line)?.[1]
    if (address) break
  }
  if (!address) throw new Error(`the API did not start: ${(await child).stderr}`)
  child.stdout.resume()
  return {
    address,
    firstToken,
    call: createApiCaller(address, options.token ?? firstToken ?? ''),
    async kill() {
      child.kill('SIGKILL')
      await child
    },
    async stop() {
      child.kill('SIGTERM')
      return (await child).exitCode
    },
  }
}
