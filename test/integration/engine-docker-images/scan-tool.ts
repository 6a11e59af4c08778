import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageScan, ScanProgram } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { createDockerImageEngine, type ScanSettings } from '@stevedore/engine-docker'
import { tools } from '@stevedore/scanner'
import { baseImage } from '@stevedore/testkit'
import { nearRegistries, type Stage } from './stage.ts'

/** What a test's tool does when it is to bring its database, and when it is to scan: lines of a shell. */
interface Acts {
  update?: string
  scan: string
}

const megabytes = 2 ** 20

/** An engine with the scans of a test file of its own, and what is needed to try them. */
export function openScanStage(stage: Stage, { memoryBytes = 96 * megabytes, env = {} } = {}) {
  const network = `scan-test-${randomUUID().slice(0, 8)}`
  const scans: ScanSettings = { network, limits: { memoryBytes, cpus: 2, processes: 64 }, env }
  const engine = createDockerImageEngine({ ...nearRegistries, scans })
  const build = async (files: Record<string, string>, prepare: (contextDir: string) => void = () => {}) => {
    const described = stage.describeBuild(files)
    prepare(described.contextDir)
    return (await engine.build(described, openContext())).imageId
  }

  return {
    ...{ network, engine, build },
    /** Makes a tool that does so, and gives its image. */
    makeTool: ({ update = '', scan }: Acts, ...lines: string[]) =>
      build({
        Dockerfile: [`FROM ${baseImage}`, 'COPY tool /tool', ...lines, 'ENTRYPOINT ["/bin/sh", "/tool"]'].join('\n'),
        tool: `set -e\ncase "$*" in\n*download-db-only*)\n:\n${update}\n;;\n*)\n:\n${scan}\n;;\nesac\n`,
      }),
    describeScan: (tool: string, imageId: string, program: ScanProgram = tools.trivy.program): ImageScan => ({
      ...{ app: 'shop', imageId, tool, program },
      reach: { addresses: true, foreign: [], frontends: [], registries: [], allowedHosts: [], maxBytes: megabytes },
      scratchDir: join(tmpdir(), `stevedore-scan-${randomUUID()}`),
    }),
    /** Names of what scans of this file have on the engine. */
    async listLeft(): Promise<string[]> {
      const filters = { label: [`io.stevedore.network=${network}`] }
      const containers = await stage.docker.listContainers({ all: true, filters })
      const { Volumes } = await stage.docker.listVolumes({ filters: JSON.stringify(filters) })
      return [...containers.flatMap(({ Names }) => Names), ...(Volumes ?? []).map(({ Name }) => Name)]
    },
  }
}
