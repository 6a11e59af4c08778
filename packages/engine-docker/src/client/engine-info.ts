import { withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'

export interface EngineInfo {
  ServerVersion: string
  RegistryConfig?: RegistrySettings | null
}

export interface RegistrySettings {
  InsecureRegistryCIDRs?: string[] | null
  IndexConfigs?: Record<string, { Secure?: boolean }> | null
}

const timeoutMs = 10_000

/** What the engine says of itself. */
export function readEngineInfo(docker: Docker, signal: AbortSignal): Promise<EngineInfo> {
  // The library's type declarations lack the options that this call takes.
  const info = docker.info.bind(docker) as unknown as (options: { abortSignal: AbortSignal }) => Promise<EngineInfo>
  return callEngine(() => info({ abortSignal: withinMs(timeoutMs, signal) }), 'engine-unreachable', signal)
}
