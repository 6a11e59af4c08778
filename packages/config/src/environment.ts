import { homedir } from 'node:os'
import { join } from 'node:path'
import { defaultAppLimits, jobKinds } from '@stevedore/contract'
import { z } from 'zod'
import { apiVariables } from './api-variables.ts'
import { backupVariables } from './backup-variables.ts'
import { dockerAddress, dockerHosts } from './docker-hosts.ts'
import { masterKey } from './master-key.ts'
import { scanVariables } from './scan-variables.ts'
import {
  address,
  buildMemory,
  cpus,
  hostOrAddress,
  imageName,
  ipv4Network,
  listOf,
  manifestGrant,
  memoryOrOff,
  orOff,
  proxyRange,
  wholeNumber,
  yesOrNo,
} from './values.ts'
import { text, type VariableNotes, variable, variableNotes } from './variable.ts'

const port = wholeNumber(1, 65_535)
const mebibyte = 1_048_576

/** Every variable that Stevedore reads. */
export const environment = z.object({
  STEVEDORE_ENV: variable(
    z
      .enum(['development', 'staging', 'production'], { error: 'must be development, staging or production' })
      .default('development'),
    'What the others are where they are not given, and what is refused: see the presets below.',
    { default: 'development' },
  ),
  DATABASE_URL: variable(
    address('postgres:', 'postgresql:').optional(),
    'PostgreSQL, the ledger. Without it one is started under the data directory.',
  ),
  SERVICE_DATABASE_URL: variable(
    address('postgres:', 'postgresql:').optional(),
    'The same database as another role, which `migrate` and `up` make: it works with the tables and may change neither them nor the audit trail. `api` and `worker` get it as DATABASE_URL.',
  ),
  REDIS_URL: variable(
    address('redis:', 'rediss:').optional(),
    'Redis, the transport. Without it PostgreSQL carries the messages.',
  ),
  HOST: variable(hostOrAddress.default('127.0.0.1'), 'The address that the API listens on.', { default: '127.0.0.1' }),
  PORT: variable(wholeNumber(0, 65_535).default(7070), 'The port that the API listens on; 0 takes a free one.', {
    default: '7070',
  }),
  STEVEDORE_DATA_DIR: variable(
    text.default(() => join(homedir(), '.stevedore')),
    'Where files are kept: the embedded database, uploads, the generated master key.',
    { default: '~/.stevedore' },
  ),
  STEVEDORE_MASTER_KEY: variable(
    masterKey.optional(),
    'The 32 bytes, in base64 or hexadecimal, that encrypt stored secrets. Production does not start without it; elsewhere one is generated in the data directory.',
  ),
  STEVEDORE_URL: variable(
    address('http:', 'https:').optional(),
    'Where the command line finds the API, and what links start with.',
    { default: 'http://127.0.0.1:PORT' },
  ),
  STEVEDORE_TOKEN: variable(text.optional(), 'The token of the command line.'),
  LOG_LEVEL: variable(
    z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be fatal, error, warn, info, debug, trace or silent',
      })
      .optional(),
    'The least level that is logged.',
    { default: 'debug in development, else info' },
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    address('http:', 'https:').optional(),
    'Where traces are sent. Without it none are made.',
  ),
  DOCKER_HOST: variable(dockerAddress.optional(), 'The Docker engine of the worker.', {
    default: 'unix:///var/run/docker.sock',
  }),
  DOCKER_HOSTS: variable(
    dockerHosts.default({}),
    'Further Docker engines that environments name, as JSON or name=url,name=url; unix, tcp or ssh.',
  ),
  KUBECONFIG: variable(
    text.optional(),
    'Clusters and contexts. In a cluster the pod’s own account is used without it.',
    { default: '~/.kube/config' },
  ),
  STEVEDORE_DOCKER_NETWORK: variable(
    text.regex(/^[a-z0-9][a-z0-9_.-]{0,30}$/, 'must be a name of at most 31 characters').default('stevedore'),
    'The network of apps on Docker, and what their containers’ names begin with. Installations that share an engine need one each, as well as a proxy.',
    { default: 'stevedore' },
  ),
  STEVEDORE_PROXY_IMAGE: variable(
    text.regex(/^[a-z0-9][\w./:@-]*$/i, 'must be an image reference').default('haproxy:3.2-alpine'),
    'The image of the proxy in front of apps on Docker: HAProxy from 2.6 on, with busybox’s tools (`nc` must know `-e`).',
    { default: 'haproxy:3.2-alpine' },
  ),
  STEVEDORE_PROXY_NAME: variable(
    text.regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, 'must be a container name').default('stevedore-proxy'),
    'The proxy’s container on each Docker host.',
    { default: 'stevedore-proxy' },
  ),
  STEVEDORE_PROXY_HTTP_PORT: variable(port.default(80), 'The port of Docker hosts that apps with a `host` answer on.', {
    default: '80',
  }),
  STEVEDORE_PROXY_HTTPS_PORT: variable(port.default(443), 'The same with TLS.', { default: '443' }),
  STEVEDORE_PROXY_ADMIN_PORT: variable(
    port.default(7071),
    'The loopback port of Docker hosts that the proxy is steered on.',
    { default: '7071' },
  ),
  STEVEDORE_PROXY_TRUST: variable(
    listOf(proxyRange).default([]),
    'Addresses or networks of proxies before that of Docker hosts, whose X-Forwarded and Forwarded headers reach apps, between commas. From all others they are replaced.',
  ),
  STEVEDORE_PROXY_PROTOCOL_FROM: variable(
    listOf(proxyRange).default([]),
    'Addresses or networks of balancers that begin each connection to apps on Docker hosts with a PROXY header, between commas.',
  ),
  STEVEDORE_PROXY_HEADER_BYTES: variable(
    wholeNumber(8_192, mebibyte).default(65_536),
    'The most that the headers of a request to an app on Docker may hold together, cookies included.',
    { default: '65536' },
  ),
  STEVEDORE_PROXY_SILENCE_SECONDS: variable(
    wholeNumber(1, 86_400).optional(),
    'How long a request to an app on Docker, or its answer, may be silent.',
    { default: '3600 in development, else 600' },
  ),
  STEVEDORE_PROXY_TUNNEL_SECONDS: variable(
    wholeNumber(1, 604_800).optional(),
    'The same of WebSockets, gRPC calls and TCP connections.',
    { default: '86400 in development, else 3600' },
  ),
  STEVEDORE_BUILDER: variable(
    z.enum(['auto', 'contained', 'engine'], { error: 'must be auto, contained or engine' }).default('auto'),
    'Where a worker builds: `contained`, in a container with limits and a network of its own; `engine`, in the engine’s own builder, which has neither; `auto`, there only where no container can be had, which the job’s log says.',
    { default: 'auto' },
  ),
  STEVEDORE_BUILDER_IMAGE: variable(
    text.regex(/^[a-z0-9][\w./:@-]*$/i, 'must be an image reference').default('docker:28-dind'),
    'The image of the container that builds run in: a Docker engine.',
    { default: 'docker:28-dind' },
  ),
  STEVEDORE_BUILDER_NAME: variable(
    text.regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, 'must be a container name').default('stevedore-builder'),
    'That container on the worker’s engine, and its volume. Installations that share an engine may share it.',
    { default: 'stevedore-builder' },
  ),
  BUILD_MEMORY: variable(
    buildMemory.prefault('4Gi'),
    'The most memory that a step of a build may take; all builds of an engine together twice that, and no more than three quarters of its machine’s.',
    { default: '4Gi' },
  ),
  BUILD_CPUS: variable(
    cpus.prefault('2'),
    'The most processors that a step of a build may use; all builds of an engine together twice that.',
    { default: '2' },
  ),
  BUILD_PROCESSES: variable(
    wholeNumber(32, 1_000_000).default(4_096),
    'The most processes and threads that a step of a build may have.',
    { default: '4096' },
  ),
  BUILD_NETWORKS: variable(
    listOf(ipv4Network).default([]),
    'Private IPv4 addresses or networks that steps of builds may reach, such as those of a package registry, between commas.',
  ),
  WORKER_KINDS: variable(
    listOf(z.enum(jobKinds, { error: `must be of ${jobKinds.join(', ')}` }), 1).default([...jobKinds]),
    'The kinds of job that a worker takes.',
    { default: jobKinds.join(',') },
  ),
  WORKER_CONCURRENCY: variable(wholeNumber(1, 100).default(4), 'How many jobs of each kind a worker runs at a time.', {
    default: '4',
  }),
  WORKER_PORT: variable(
    port.optional(),
    'The port, on HOST, that a worker alone answers /health and, with a token, /metrics on. Without it none.',
  ),
  LEASE_MS: variable(
    wholeNumber(1_000, 10_000).default(10_000),
    'Milliseconds after which the job of a silent worker goes to another.',
    { default: '10000' },
  ),
  GRACE_MS: variable(
    wholeNumber(0, 3_600_000).default(30_000),
    'Milliseconds that a worker may finish its jobs in after SIGTERM, before it hands them over.',
    { default: '30000' },
  ),
  OUTAGE_SECONDS: variable(
    wholeNumber(0, 86_400).optional(),
    'How long, in seconds, a worker tries again what finds an engine, a registry or a source away: at least three times.',
    { default: '3600 in development, else 900' },
  ),
  NODE_GRACE_SECONDS: variable(
    wholeNumber(0, 3_600).default(60),
    'How long, in seconds, a pod that no node can take may wait for one that nothing says is on its way.',
    { default: '60' },
  ),
  ALLOWED_HOSTS: variable(
    listOf(hostOrAddress).default([]),
    'Hosts on private networks that sources and builds may fetch of, between commas.',
  ),
  DOCKERFILE_FRONTENDS: variable(
    listOf(imageName).default([]),
    'Images, without tags, that a Dockerfile may name as its `# syntax` beside `docker/dockerfile`, between commas.',
  ),
  ALLOWED_IN_MANIFESTS: variable(
    listOf(manifestGrant).default([]),
    'What manifests of sources may hold besides, between commas, such as secret:shops/shop-db or node:pool=shop; a final * stands for any rest.',
  ),
  APP_MEMORY: variable(
    memoryOrOff.prefault(defaultAppLimits.memory),
    'The memory that a container of an app may take whose spec names no `resources.limits.memory`, such as 512Mi; off for no limit.',
    { default: defaultAppLimits.memory },
  ),
  APP_PROCESSES: variable(
    orOff(wholeNumber(16, 4_194_304)).prefault(String(defaultAppLimits.processes)),
    'How many processes and threads a container of an app on Docker may have; off for no limit. On Kubernetes the kubelet says (podPidsLimit).',
    { default: String(defaultAppLimits.processes) },
  ),
  ALLOW_FILE_SOURCES: variable(yesOrNo.optional(), 'Whether file:// sources are taken.', {
    default: 'true in development, else false',
  }),
  MAX_SOURCE_BYTES: variable(
    wholeNumber(mebibyte, 2 ** 40).default(2_048 * mebibyte),
    'The most that a checked-out source may hold.',
    { default: '2147483648' },
  ),
  MAX_UPLOAD_BYTES: variable(
    wholeNumber(mebibyte, 2 ** 40).default(512 * mebibyte),
    'The most that an uploaded archive may hold.',
    { default: '536870912' },
  ),
  MAX_LOG_BYTES: variable(
    wholeNumber(mebibyte, 2 ** 40).default(64 * mebibyte),
    'What is kept of the output of a job. Of what comes after it each attempt keeps its last lines, up to 262144 characters.',
    { default: '67108864' },
  ),
  TRUST_PROXY: variable(
    listOf(proxyRange).default([]),
    'Addresses or networks of proxies whose X-Forwarded headers are believed, between commas.',
  ),
  ...apiVariables,
  ...backupVariables,
  ...scanVariables,
})

export interface ConfigVariable extends VariableNotes {
  name: string
}

/** Every variable with what the guide says of it. Each can also be given as `NAME_FILE`, the path of a file that holds it. */
export const configVariables: readonly ConfigVariable[] = Object.entries(environment.shape).map(([name, schema]) => ({
  name,
  ...variableNotes.parse(schema.meta()),
}))
