import { labelKeys, unscannedRepository } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { nameDatabase } from '../spec/tool.ts'
import { removeReferences } from './remove-images.ts'
import { removeTool } from './run-tool.ts'

/** Longer than any scan may take. */
const longestScanMs = 3 * 3_600_000
/** Longer than a job goes on trying to scan what it built. */
const longestWaitMs = 24 * 3_600_000

/** Removes containers of lost scans, images that no job waits to have scanned, and the databases of tools that no spec names any more. */
export async function tidyScans(
  docker: Docker,
  network: string,
  tools: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await removeContainers(docker, network, signal)
  await removeDatabases(docker, network, tools, signal)
  await removeUnscanned(docker, signal)
}

async function removeContainers(docker: Docker, network: string, abortSignal: AbortSignal): Promise<void> {
  const filters = { label: [`${labelKeys.network}=${network}`, `${labelKeys.role}=scan`] }
  const found = await callEngine(
    () => docker.listContainers({ all: true, filters, abortSignal }),
    undefined,
    abortSignal,
  )
  for (const { Id, Created } of found)
    if (Date.now() - Created * 1_000 > longestScanMs) await removeTool(docker.getContainer(Id))
}

/** Who may make volumes may call them so as well: only what is labelled as ours goes, and what a container has stays. */
async function removeDatabases(
  docker: Docker,
  network: string,
  tools: readonly string[],
  abortSignal: AbortSignal,
): Promise<void> {
  const filters = JSON.stringify({ label: [`${labelKeys.network}=${network}`, `${labelKeys.role}=scan-database`] })
  const { Volumes } = await callEngine(() => docker.listVolumes({ filters, abortSignal }), undefined, abortSignal)
  const kept = new Set(tools.map((tool) => nameDatabase(network, tool)))
  for (const { Name } of Volumes ?? [])
    if (!kept.has(Name)) await callEngine(() => docker.getVolume(Name).remove().catch(ignoreStatus(404, 409)))
}

async function removeUnscanned(docker: Docker, abortSignal: AbortSignal): Promise<void> {
  const filters = { reference: [`${unscannedRepository}:*`] }
  const found = await callEngine(() => docker.listImages({ filters, abortSignal }), undefined, abortSignal)
  const old = found.filter(({ Created }) => Date.now() - Created * 1_000 > longestWaitMs)
  const names = old.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`${unscannedRepository}:`))
  await removeReferences(docker, names, abortSignal)
}
