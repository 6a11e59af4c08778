import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { join } from 'node:path'
import { FailureError, outgoingCalls } from '@stevedore/contract'
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
 * A client of one Docker engine. What is followed (a log, a build, the wait for an exit) may rightly be quiet for long and has no
 * time-out: callers pass `abortSignal`, made by the kit's `withinMs` where such a call must end by itself. All else does.
 * @throws RangeError on an address of another form
 */
export function openDocker(address: DockerAddress = {}): Docker {
  const docker = new Docker({ ...environmentOverride, ...connectionOptions(address) })
  limitCalls(docker)
  traceCalls(docker)
  return docker
}

/** Far above what any takes on a machine that still works, far below the time-outs of a network that is gone. */
const callMs = 120_000
/** Docker answers these when a container has ended, or has been given its time to. */
const waits = /\/(wait|stop|restart)(\?|$)/

interface Dial {
  path: string
  method: string
  isStream?: boolean
  hijack?: boolean
  abortSignal?: AbortSignal
}

/** A call whose answer never comes ends by itself, as a call of ours that was too slow, instead of holding its job for as long as the job may take. */
function limitCalls({ modem }: Docker): void {
  const dial: (options: Dial, callback: (error: unknown, data?: unknown) => void) => void = modem.dial.bind(modem)
  modem.dial = (options: Dial, callback: (error: unknown, data?: unknown) => void) => {
    if (options.isStream || options.hijack || options.abortSignal || waits.test(options.path))
      return dial(options, callback)
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), callMs)
    const end = (error: unknown, data?: unknown) => {
      clearTimeout(timer)
      callback(error && late.signal.aborted ? describeSlow(options) : error, data)
    }
    dial({ ...options, abortSignal: late.signal }, end)
  }
}

/** A call to follow something lasts until its answer begins. */
function traceCalls({ modem }: Docker): void {
  const dial: (options: Dial, callback: (error: unknown, data?: unknown) => void) => void = modem.dial.bind(modem)
  modem.dial = (options: Dial, callback: (error: unknown, data?: unknown) => void) => {
    const name = `${options.method} ${options.path.split(/[/?]/, 2)[1]}`
    outgoingCalls.traceCallback(dial, 1, { system: 'docker', name }, undefined, options, callback)
  }
}

function describeSlow({ method, path }: Dial): FailureError {
  const diagnosis = `${method} ${path.split('?', 1)[0]} of the engine did not end within ${callMs / 1_000} s`
  return new FailureError('engine-slow', { diagnosis })
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
