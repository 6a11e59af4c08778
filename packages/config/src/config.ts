import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import type { z } from 'zod'
import { environment } from './environment.ts'
import { listUnsafe } from './production.ts'
import { type ConfigFault, type Environment, readVariables } from './read-environment.ts'
import { readScanEnv } from './scan-variables.ts'

type Stage = 'development' | 'staging' | 'production'

const guarded = {
  logLevel: 'info',
  allowFileSources: false,
  outageSeconds: 900,
  silenceSeconds: 600,
  tunnelSeconds: 3_600,
} as const

/** What STEVEDORE_ENV decides where a variable of its own does not. A developer stops at a breakpoint, or closes the lid, for as long as they like. */
const presets = {
  development: {
    logLevel: 'debug',
    allowFileSources: true,
    rateLimitPerMinute: 6_000,
    outageSeconds: 3_600,
    silenceSeconds: 3_600,
    tunnelSeconds: 86_400,
  },
  staging: { ...guarded, rateLimitPerMinute: 1_200 },
  production: { ...guarded, rateLimitPerMinute: 600 },
} as const satisfies Record<Stage, object>

/** Says all that is wrong with the environment at once, and never a value. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(
      ['The environment is not usable:', ...faults.map(({ variable, message }) => `  ${variable} ${message}`)].join(
        '\n',
      ),
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

export type Config = ReturnType<typeof toConfig>

/** Reads the settings, frozen. Throws a ConfigError that lists every fault. */
export function readConfig(env: Environment = process.env): Config {
  const { values, faults } = readVariables(env)
  const parsed = environment.safeParse(values)
  if (!parsed.success) faults.push(...parsed.error.issues.map(toFault))
  if (parsed.success) faults.push(...listUnsafe(parsed.data))
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  return freeze(toConfig(parsed.data))
}

function toConfig(values: z.infer<typeof environment>) {
  const preset = presets[values.STEVEDORE_ENV]
  return {
    environment: values.STEVEDORE_ENV,
    databaseUrl: values.DATABASE_URL,
    serviceDatabaseUrl: values.SERVICE_DATABASE_URL,
    redisUrl: values.REDIS_URL,
    host: values.HOST,
    isLoopback: isLoopback(values.HOST),
    port: values.PORT,
    dataDir: values.STEVEDORE_DATA_DIR,
    masterKey: values.STEVEDORE_MASTER_KEY,
    url: (values.STEVEDORE_URL ?? `http://127.0.0.1:${values.PORT}`).replace(/\/{0,64}$/, ''),
    isUrlGiven: values.STEVEDORE_URL !== undefined,
    token: values.STEVEDORE_TOKEN,
    logLevel: values.LOG_LEVEL ?? preset.logLevel,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    dockerHost: values.DOCKER_HOST,
    dockerHosts: values.DOCKER_HOSTS,
    kubeconfig: values.KUBECONFIG,
    proxyImage: values.STEVEDORE_PROXY_IMAGE,
    dockerNetwork: values.STEVEDORE_DOCKER_NETWORK,
    proxyName: values.STEVEDORE_PROXY_NAME,
    proxyPorts: {
      http: values.STEVEDORE_PROXY_HTTP_PORT,
      https: values.STEVEDORE_PROXY_HTTPS_PORT,
      admin: values.STEVEDORE_PROXY_ADMIN_PORT,
    },
    proxyTrusted: values.STEVEDORE_PROXY_TRUST,
    proxyProtocolFrom: values.STEVEDORE_PROXY_PROTOCOL_FROM,
    proxyLimits: {
      headerBytes: values.STEVEDORE_PROXY_HEADER_BYTES,
      silenceSeconds: values.STEVEDORE_PROXY_SILENCE_SECONDS ?? preset.silenceSeconds,
      tunnelSeconds: values.STEVEDORE_PROXY_TUNNEL_SECONDS ?? preset.tunnelSeconds,
    },
    builder: {
      mode: values.STEVEDORE_BUILDER,
      image: values.STEVEDORE_BUILDER_IMAGE,
      name: values.STEVEDORE_BUILDER_NAME,
      limits: { memoryBytes: values.BUILD_MEMORY, cpus: values.BUILD_CPUS, processes: values.BUILD_PROCESSES },
      networks: values.BUILD_NETWORKS,
    },
    scanEnv: readScanEnv(values),
    workerKinds: [...new Set(values.WORKER_KINDS)],
    workerConcurrency: values.WORKER_CONCURRENCY,
    workerPort: values.WORKER_PORT,
    leaseMs: values.LEASE_MS,
    graceMs: values.GRACE_MS,
    outageMs: (values.OUTAGE_SECONDS ?? preset.outageSeconds) * 1_000,
    nodeGraceMs: values.NODE_GRACE_SECONDS * 1_000,
    allowedHosts: values.ALLOWED_HOSTS,
    dockerfileFrontends: values.DOCKERFILE_FRONTENDS,
    allowedInManifests: values.ALLOWED_IN_MANIFESTS,
    appLimits: { memory: values.APP_MEMORY, processes: values.APP_PROCESSES },
    allowFileSources: values.ALLOW_FILE_SOURCES ?? preset.allowFileSources,
    maxSourceBytes: values.MAX_SOURCE_BYTES,
    maxUploadBytes: values.MAX_UPLOAD_BYTES,
    maxLogBytes: values.MAX_LOG_BYTES,
    trustProxy: values.TRUST_PROXY,
    backupBucket: toBucket(values),
    ...toApiConfig(values),
  }
}

function toBucket(values: z.infer<typeof environment>) {
  return {
    endpoint: values.STEVEDORE_BACKUP_ENDPOINT,
    region: values.STEVEDORE_BACKUP_REGION,
    keyId: values.STEVEDORE_BACKUP_KEY_ID,
    secretKey: values.STEVEDORE_BACKUP_SECRET_KEY,
  }
}

function toApiConfig(values: z.infer<typeof environment>) {
  return {
    webhookSpool: chooseFolder(values.STEVEDORE_WEBHOOK_SPOOL, join(values.STEVEDORE_DATA_DIR, 'webhooks')),
    databaseConnections: values.DATABASE_CONNECTIONS,
    maxWaitingRequests: values.MAX_WAITING_REQUESTS,
    maxStreams: values.MAX_STREAMS,
    maxStreamsPerToken: values.MAX_STREAMS_PER_TOKEN,
    auditKey: values.STEVEDORE_AUDIT_KEY,
    auditCheckpoints: values.STEVEDORE_AUDIT_CHECKPOINTS ?? join(values.STEVEDORE_DATA_DIR, 'audit-checkpoints'),
    auditSeconds: values.STEVEDORE_AUDIT_SECONDS,
    auditSink: values.STEVEDORE_AUDIT_SINK,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE ?? presets[values.STEVEDORE_ENV].rateLimitPerMinute,
  }
}

/** undefined: none */
function chooseFolder(given: string | undefined, preset: string): string | undefined {
  return given === 'off' ? undefined : (given ?? preset)
}

/** Zod's own messages may quote a value (a bad key of DOCKER_HOSTS): what follows the variable's name stays out. */
function toFault(issue: z.core.$ZodIssue): ConfigFault {
  const message =
    issue.code === 'custom' || issue.message.startsWith('must') ? issue.message : `must be valid (${issue.code})`
  return { variable: String(issue.path[0]), message }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** The master key is a Buffer, which cannot be frozen. */
function freeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner && !Buffer.isBuffer(inner)) freeze(inner)
  return Object.freeze(value)
}
