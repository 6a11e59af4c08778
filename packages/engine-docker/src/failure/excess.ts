import { chooseMemoryLimit, describeMemoryLimit, describeProcessLimit, type EnvironmentSpec } from '@stevedore/contract'
import type Docker from 'dockerode'
import { readDefaultLimits } from '../spec/labels.ts'
import { callEngine, ignoreStatus } from './translate.ts'

type Settings = Pick<EnvironmentSpec, 'resources'>

/** Which limit a container ran into, whose that is, and the next step; undefined where it ran into none. */
export async function findExcess(
  container: Docker.Container,
  settings: Settings,
  lastLines: readonly string[],
): Promise<string | undefined> {
  const info = await callEngine(() => container.inspect().catch(ignoreStatus(404)))
  if (!info) return undefined
  if (info.State.OOMKilled) return describeMemoryExcess(info, settings)
  const { PidsLimit } = info.HostConfig
  if (!PidsLimit || PidsLimit < 0) return undefined
  const isFull =
    lastLines.some(tellsOfProcesses) || (info.State.Running && (await countProcesses(container)) >= PidsLimit)
  return isFull ? describeProcessLimit(PidsLimit) : undefined
}

/** That a process of the container was killed, since the container or its whole host had no memory left. */
export function describeMemoryExcess(
  { Config, HostConfig }: Docker.ContainerInspectInfo,
  { resources }: Settings,
): string {
  const limit = chooseMemoryLimit(resources, readDefaultLimits(Config.Labels))
  return HostConfig.Memory && limit ? describeMemoryLimit(limit) : 'it was killed since its host had no memory left'
}

/** In the very words of shells and runtimes, for which there is no other sign once the container has ended. */
function tellsOfProcesses(line: string): boolean {
  return /\bcan(?:'|no)t fork\b|\bfork: .{0,40}resource temporarily unavailable|unable to create (?:new )?native thread|pthread_create\b.{0,80}(?:EAGAIN|resource temporarily unavailable)/i.test(
    line,
  )
}

/** Of one that runs; 0 where the engine does not say. */
async function countProcesses(container: Docker.Container): Promise<number> {
  const stats = await container.stats({ stream: false, 'one-shot': true }).catch(() => undefined)
  return stats?.pids_stats?.current ?? 0
}
