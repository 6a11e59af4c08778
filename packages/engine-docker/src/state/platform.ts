import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'

/** The arguments that BuildKit adds for the machine that is built on and for, where there is one alone. */
export async function readPlatform(docker: Docker, signal: AbortSignal): Promise<Record<string, string>> {
  const { Os: os, Arch: arch } = await callEngine(() => docker.version(), 'engine-unreachable', signal)
  const about = { PLATFORM: `${os}/${arch}`, OS: os, ARCH: arch, VARIANT: '' }
  return Object.fromEntries(
    Object.entries(about).flatMap(([name, value]) => [
      [`TARGET${name}`, value],
      [`BUILD${name}`, value],
    ]),
  )
}
