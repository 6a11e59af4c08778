import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { labelKeys, scanPaths } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { BuildLimits } from '../builder/settings.ts'

/** The container of a scan's tool. */
export interface ToolRun {
  /** Sets the installations apart that share an engine. */
  network: string
  name: string
  jobId: string
  /** The tool's image, as the spec names it, and its id on the engine. */
  tool: string
  toolId: string
  limits: BuildLimits
  env: Record<string, string>
  args: readonly string[]
  /** `update` has a network and may write the database; `scan` neither. */
  part: 'update' | 'scan'
}

/** Nobody's: neither root nor whoever the image would be. */
export const toolUser = { uid: 65_532, gid: 65_532 }

/** The greatest file that a tool may write: databases are of some gigabytes. */
const largestFileBytes = 2 ** 33

/** Without any right, on a file system that cannot be written but for two volumes: the one that goes with it, and the database's. */
export function buildToolSpec(run: ToolRun): Docker.ContainerCreateOptions & { name: string } {
  const { network, name, jobId, tool, toolId, limits, env, args, part } = run
  const { memoryBytes, cpus, processes } = limits
  return {
    name,
    Image: toolId,
    Cmd: [...args],
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    User: `${toolUser.uid}:${toolUser.gid}`,
    Labels: { [labelKeys.network]: network, [labelKeys.role]: 'scan', [labelKeys.job]: jobId },
    HostConfig: {
      NetworkMode: part === 'update' ? 'bridge' : 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      PidsLimit: processes,
      Ulimits: [{ Name: 'fsize', Soft: largestFileBytes, Hard: largestFileBytes }],
      Mounts: [
        mount({ path: scanPaths.archive, name: '', labels: {}, isReadOnly: false }),
        mount({
          path: scanPaths.database,
          name: nameDatabase(network, tool),
          labels: { [labelKeys.network]: network, [labelKeys.role]: 'scan-database' },
          isReadOnly: part === 'scan',
        }),
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  }
}

interface Mounted {
  /** Inside the folder that it is mounted at. */
  path: string
  /** '': a volume that goes with the container. */
  name: string
  labels: Record<string, string>
  isReadOnly: boolean
}

function mount({ path, name, labels, isReadOnly }: Mounted): Docker.MountSettings {
  return {
    Type: 'volume',
    Source: name,
    Target: posix.dirname(path),
    ReadOnly: isReadOnly,
    VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: {} } },
  }
}

/** A database is shared by those who name the very same program: no other can have written it. */
export function nameDatabase(network: string, tool: string): string {
  return `${network}-scan-${hashTool(tool)}`
}

/** One at a time brings a database up to date: its name is the lock. */
export function nameUpdate(network: string, tool: string): string {
  return `${network}-scan-update-${hashTool(tool)}`
}

export function nameScan(network: string, jobId: string): string {
  return `${network}-scan-of-${jobId}`
}

function hashTool(tool: string): string {
  return createHash('sha256').update(tool).digest('hex').slice(0, 12)
}
