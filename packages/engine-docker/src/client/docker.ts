import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { join } from 'node:path'
import { withinMs } from '@stevedore/engine'
import Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import { createSshAgent } from './ssh.ts'

export interface DockerAddress {
  /** `unix:///path`, `tcp://host:port` or `ssh://[user@]host[:port]`, as in DOCKER_HOST. Default: the machine's own socket. */
  host?: string | undefined
  /** A folder with `ca.pem`, `cert.pem` and `key.pem`, as in DOCKER_CERT_PATH: makes `tcp` mutual TLS. */
  certDir?: string | undefined
}

export const defaultDockerHost = 'unix:///var/run/docker.sock'

/**
 * A client of one Docker engine. It has no time-out of its own, since a followed log or a silent build step may rightly be
 * quiet for long: callers pass `abortSignal`, made by the kit's `withinMs` where a call must end by itself.
 * @throws RangeError on an address of another form
 */
export function openDocker(address: DockerAddress = {}): Docker {
  return new Docker({ ...environmentOverride, ...connectionOptions(address) })
}

/** The client library falls back on its own reading of DOCKER_HOST and its kin for whatever is not given. */
const environmentOverride = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
}

/** The library takes an http agent, its type declaration does not know it. */
type ConnectionOptions = Docker.DockerOptions & { agent?: Agent }

function connectionOptions({ host = defaultDockerHost, certDir }: DockerAddress): ConnectionOptions {
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url?.protocol === 'unix:' && url.pathname.length > 1) return { socketPath: decodeURIComponent(url.pathname) }
  if (url?.protocol === 'tcp:' && url.hostname) return tcpOptions(url, certDir)
  if (url?.protocol === 'ssh:' && url.hostname)
    return { protocol: 'http', host: 'docker', port: 80, agent: createSshAgent(url) }
  throw new RangeError('a Docker host is unix:///path, tcp://host:port or ssh://user@host')
}

function tcpOptions(url: URL, certDir: string | undefined): ConnectionOptions {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!certDir) return { protocol: 'http', host, port: Number(url.port || 2375) }
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFileSync(join(certDir, name), 'utf8'))
  return { protocol: 'https', host, port: Number(url.port || 2376), ca, cert, key }
}

export interface EngineInfo {
  ServerVersion: string
  RegistryConfig?: RegistrySettings | null
}

export interface RegistrySettings {
  InsecureRegistryCIDRs?: string[] | null
  IndexConfigs?: Record<string, { Secure?: boolean }> | null
}

const infoTimeoutMs = 10_000

/** What the engine says of itself. */
export function readEngineInfo(docker: Docker, signal: AbortSignal): Promise<EngineInfo> {
  // The library's type declarations lack the options that this call takes.
  const info = docker.info.bind(docker) as unknown as (options: { abortSignal: AbortSignal }) => Promise<EngineInfo>
  return callEngine(() => info({ abortSignal: withinMs(infoTimeoutMs, signal) }), 'engine-unreachable', signal)
}

const answerMs = 10_000

/** Whether the engine answers at all. */
export async function answers(docker: Docker): Promise<boolean> {
  return pingEngine(docker, AbortSignal.timeout(answerMs)).then(
    () => true,
    () => false,
  )
}

/** @throws FailureError `engine-unreachable`; the signal's reason when that ends it */
export async function pingEngine(docker: Docker, signal: AbortSignal): Promise<void> {
  const ping = docker.ping.bind(docker) as unknown as (options: { abortSignal: AbortSignal }) => Promise<unknown>
  await callEngine(() => ping({ abortSignal: signal }), 'engine-unreachable', signal)
}
