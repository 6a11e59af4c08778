import { mkdtemp, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { type ImageScan, pollUntil, type ScanOutput, scanPaths, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { BuildLimits } from '../builder/settings.ts'
import { readFile } from '../client/archive.ts'
import { findImageId } from '../client/images.ts'
import { copyIn, saveImageAs } from '../client/large-files.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { nameScan, nameUpdate, type ToolRun } from '../spec/tool.ts'
import { asUnavailable, bringTool, type ToolSource } from './bring-tool.ts'
import { type EndedTool, removeTool, runTool } from './run-tool.ts'

export interface ScanSettings {
  /** Sets the installations apart that share an engine. */
  network: string
  limits: BuildLimits
  /** Of all tools: where they have their databases from, in their own words. */
  env?: Readonly<Record<string, string>>
}

type Scanner = ScanSettings & ToolSource

/** A tool that is on the engine, and what it is for. */
interface Scanning extends ScanSettings, ToolSource {
  scan: ImageScan
  toolId: string
  context: WorkContext
}

/** A report of more is refused before it is read. */
const largestReportBytes = 32 * 2 ** 20

/**
 * Brings the tool and its database up to date, then has it read the image's archive, without a network. A database that could not be
 * brought up to date is used as it is: whether it is too old is for whoever reads the report.
 * @throws FailureError `image-missing`, `base-not-granted`, `scan-unavailable`, `resource-exceeded`, …
 */
export async function scanImage(scanner: Scanner, scan: ImageScan, context: WorkContext): Promise<ScanOutput> {
  if (!(await findImageId(scanner.docker, scan.imageId)))
    throw new FailureError('image-missing', { diagnosis: `the engine has no ${scan.imageId}` })
  const toolId = await bringTool(scanner, scan, context)
  const scanning = { ...scanner, scan, toolId, context }
  await update(scanning, scan.program.update)
  const dir = await mkdtemp(`${resolve(scan.scratchDir)}.scan-`)
  try {
    const archive = join(dir, basename(scanPaths.archive))
    await saveImageAs(scanner.docker, scan.imageId, archive, context.signal)
    const first = await readImage(scanning, archive)
    if (!('failed' in first)) return first
    const lack = scan.program.findLack(first.failed)
    if (!lack) throw fail(first.failed)
    await update(scanning, lack)
    const second = await readImage(scanning, archive)
    if ('failed' in second) throw fail(second.failed)
    return second
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function fail(words: string): FailureError {
  return new FailureError('scan-unavailable', { diagnosis: `the tool failed; its last lines:\n${words}` })
}

function describeRun({
  network,
  limits,
  env,
  scan,
  toolId,
  context: { jobId },
}: Scanning): Omit<ToolRun, 'name' | 'args' | 'part'> {
  return { network, limits, jobId, toolId, tool: scan.tool, env: { ...scan.program.env, ...env } }
}

/** One who brings the same database already is waited for. */
async function update(scanning: Scanning, args: readonly string[]): Promise<void> {
  const { docker, network, scan, context } = scanning
  const run = { ...describeRun(scanning), name: nameUpdate(network, scan.tool), args, part: 'update' } as const
  await awaitOther(docker.getContainer(run.name), context.signal)
  const tell = async ({ exitCode, words }: EndedTool) => {
    if (exitCode !== 0) context.log(`the vulnerability database was not brought up to date:\n${words}`)
  }
  try {
    await runTool(docker, run, context, async () => {}, tell)
  } catch (error) {
    throw asUnavailable(error, 'the tool')
  }
}

const updateMs = 15 * 60_000
/** How long a container is made ready before it starts. */
const readyMs = 60_000

/** Until the name is free, or what has it is left over. */
async function awaitOther(container: Docker.Container, signal: AbortSignal): Promise<void> {
  const look = async () => {
    const found = await callEngine(() => container.inspect().catch(ignoreStatus(404)))
    if (!found) return 'gone'
    return !found.State.Running && Date.now() - Date.parse(found.Created) > readyMs ? 'left over' : undefined
  }
  if (!(await pollUntil(look, { deadlineMs: updateMs, intervalMs: 500, signal }))) await removeTool(container)
}

/** Has the tool read the image. @returns its words where it failed */
async function readImage(scanning: Scanning, archive: string): Promise<ScanOutput | { failed: string }> {
  const { docker, network, scan, context } = scanning
  const args = scan.program.scan
  const run = { ...describeRun(scanning), name: nameScan(network, context.jobId), args, part: 'scan' } as const
  const prepare = (container: Docker.Container) =>
    copyIn(container, { path: archive, folder: dirname(scanPaths.archive), name: basename(archive) }, context.signal)
  try {
    return await runTool(docker, run, context, prepare, (ended) => takeOutput(scanning, ended))
  } catch (error) {
    throw asUnavailable(error, 'the tool')
  }
}

async function takeOutput(
  { docker, scan, toolId }: Scanning,
  { container, exitCode, words }: EndedTool,
): Promise<ScanOutput | { failed: string }> {
  if (exitCode !== 0) return { failed: `exit code ${exitCode}\n${words}` }
  const report = await readFile(container, scanPaths.report, largestReportBytes)
  if (report === undefined) return { failed: `it left no report of at most 32 MiB\n${words}` }
  const { databaseFile: name } = scan.program
  const databaseFile = name === undefined ? undefined : await readFile(container, `${scanPaths.database}/${name}`)
  const { Config } = await callEngine(() => docker.getImage(toolId).inspect())
  return { report, databaseFile, toolVersion: Config?.Labels?.['org.opencontainers.image.version'] }
}
