import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { type ApiConfig, type ApiOptions, startApi } from '@stevedore/api'
import type { Role } from '@stevedore/contract'
import { createToken, type Ledger, openLedger } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport } from '@stevedore/queue'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { type ApiAnswer, type ApiRequest, createApiCaller, createTestDatabase } from '@stevedore/testkit'

/** An API on a database of its own, in this process. */
export interface TestApi {
  address: string
  /** As the owner. */
  databaseUrl: string
  /** As the service. */
  serviceUrl: string
  /** The same ledger, to play the worker and to look behind the API. */
  ledger: Ledger
  /** What its ledger seals with. */
  masterKey: Buffer
  /** The token of an admin for all apps; requests go out with it unless they name another. */
  admin: string
  /** A new token. */
  createToken(role: Role, scope?: { app?: string; environment?: string; expiresInMs?: number }): Promise<string>
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>
  /** All that it has logged so far. */
  readLogs(): string
  /** Ends it, and starts it again at the same address over the same ledger. @param meanwhile what is done while it is away */
  restart(meanwhile: () => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

const by = { actor: 'system', correlationId: 'test' }

const defaults: ApiConfig = {
  host: '127.0.0.1',
  isLoopback: true,
  port: 0,
  url: 'http://stevedore.example.com',
  allowedHosts: ['git.internal'],
  allowFileSources: false,
  maxSourceBytes: 2 ** 30,
  maxUploadBytes: 1_048_576,
  trustProxy: [],
  rateLimitPerMinute: 1_000_000,
  webhookSpool: undefined,
  databaseConnections: 10,
  maxWaitingRequests: undefined,
  maxStreams: 1_000,
  maxStreamsPerToken: 1_000,
}

export interface TestApiOptions {
  config?: Partial<ApiConfig>
  /** A transport that answers; without it the transport is away. */
  redisUrl?: string
  /** A migrated ledger of the caller's, who also removes it; by default one of its own, under the service's role. */
  databaseUrl?: string
  checkpoints?: ApiOptions['checkpoints']
  /** Hears of what goes to the ledger. */
  onStatement?(statement: string): void
}

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { databaseUrl, checkpoints } = options
  const database = databaseUrl
    ? { url: databaseUrl, serviceUrl: databaseUrl, drop: async () => {} }
    : await createTestDatabase()
  const masterKey = randomBytes(32)
  const ledger = openLedger({
    url: database.serviceUrl,
    masterKey,
    statementTimeoutMs: 4_000,
    maxConnections: options.config?.databaseConnections ?? defaults.databaseConnections,
    onError() {},
    ...(options.onStatement && { onStatement: options.onStatement }),
  })
  const { logger, readLogs } = createRecordingLogger()
  const start = (port: number) =>
    startApi({
      config: { ...defaults, ...options.config, port },
      transport: options.redisUrl
        ? createRedisTransport({ url: options.redisUrl })
        : createPostgresTransport({ url: 'postgres://127.0.0.1:1/none' }),
      ...{ ledger, logger, metrics: createMetrics(), checkpoints },
    })
  let api = await start(options.config?.port ?? defaults.port)
  const makeToken: TestApi['createToken'] = async (role, scope = {}) =>
    (await createToken(ledger, { name: `${role}-${randomBytes(4).toString('hex')}`, role, ...scope, by })).token
  const admin = await makeToken('admin')

  return {
    address: api.address,
    databaseUrl: database.url,
    serviceUrl: database.serviceUrl,
    ledger,
    masterKey,
    admin,
    createToken: makeToken,
    call: createApiCaller(api.address, admin),
    readLogs,
    async restart(meanwhile) {
      const { port } = new URL(api.address)
      await api.close()
      await meanwhile()
      api = await start(Number(port))
    },
    async close() {
      await api.close()
      await ledger.close()
      await database.drop()
    },
  }
}

/** A logger whose lines can be read back. */
export function createRecordingLogger() {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { logger: createLogger({ level: 'debug', destination }), readLogs: () => lines.join('') }
}
