import { stripVTControlCharacters } from 'node:util'
import { cutStart, FailureError, quoteForeign } from '@stevedore/contract'
import { scanPaths, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { readLastLines } from '../client/container-log.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { buildToolSpec, type ToolRun, toolUser } from '../spec/tool.ts'

/** A run that is over; its container is there until it has been looked at. */
export interface EndedTool {
  container: Docker.Container
  exitCode: number
  /** Its last lines. */
  words: string
}

const keptLines = 12
const longestWords = 2_000

/**
 * Runs a tool once, in a container of its own that goes with what it wrote beside the database. What a lost attempt left of the same
 * name goes first.
 * @param prepare puts into the container what it needs
 * @param look takes out of it what is of use
 * @throws FailureError `resource-exceeded`, `scan-unavailable`, …
 */
export async function runTool<T>(
  docker: Docker,
  run: ToolRun,
  context: WorkContext,
  prepare: (container: Docker.Container) => Promise<void>,
  look: (ended: EndedTool) => Promise<T>,
): Promise<T> {
  const spec = buildToolSpec(run)
  await context.fence()
  await removeTool(docker.getContainer(spec.name))
  const container = await callEngine(() => docker.createContainer(spec), 'scan-unavailable')
  try {
    await makeFolders(container, run)
    await prepare(container)
    await context.fence()
    await callEngine(() => container.start(), 'scan-unavailable')
    const wait = () => container.wait({ abortSignal: context.signal }) as Promise<{ StatusCode: number }>
    const { StatusCode: exitCode } = await callEngine(wait, undefined, context.signal)
    await refuseExcess(container, run)
    return await look({ container, exitCode, words: await readWords(container) })
  } finally {
    // What is left goes with the janitor.
    await removeTool(container).catch(() => undefined)
  }
}

export function removeTool(container: Docker.Container): Promise<unknown> {
  return callEngine(() => container.remove({ force: true, v: true }).catch(ignoreStatus(404, 409)))
}

/** Volumes are root's when they are made: the tool's user gets a folder in each. */
async function makeFolders(container: Docker.Container, { part }: ToolRun): Promise<void> {
  await makeFolder(container, scanPaths.temp)
  if (part === 'update') await makeFolder(container, scanPaths.database)
}

async function makeFolder(container: Docker.Container, path: string): Promise<void> {
  const [, parent, name] = /^(.*)\/([^/]+)$/.exec(path) ?? []
  const tar = pack()
  tar.entry({ name: `${name}/`, type: 'directory', mode: 0o700, ...toolUser })
  tar.finalize()
  const put = () => container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: parent ?? '/' })
  await callEngine(put, 'scan-unavailable')
}

async function refuseExcess(container: Docker.Container, { limits, part }: ToolRun): Promise<void> {
  const { State } = await callEngine(() => container.inspect())
  if (!State.OOMKilled) return
  const had = `${Math.round(limits.memoryBytes / 2 ** 20)} MiB of memory, which BUILD_MEMORY of the worker gives it`
  throw new FailureError('resource-exceeded', { diagnosis: `the ${part} needed more than ${had}` })
}

/** They only illustrate: what cannot be read is left out. */
async function readWords(container: Docker.Container): Promise<string> {
  const lines = await readLastLines(container, keptLines).catch(() => [])
  return cutStart(quoteForeign(stripVTControlCharacters(lines.join('\n'))), longestWords)
}
