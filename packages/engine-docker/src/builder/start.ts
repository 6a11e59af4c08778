import { FailureError, findAwaited } from '@stevedore/contract'
import { labelKeys, pollUntil, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { writeFiles } from '../client/archive.ts'
import { createShared } from '../client/create-container.ts'
import { execIn } from '../client/exec.ts'
import { pullImage } from '../client/images.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { buildBuilderSpec, hashSettings, settingsLabel } from './container-spec.ts'
import { readHostAddresses } from './host-addresses.ts'
import type { BuilderSettings, Machine } from './settings.ts'
import { builderFiles, builderFolder, builderSocket } from './start-script.ts'

/** An engine that starts with a large store of layers takes a while on a busy machine. */
const readyMs = 120_000

/** There is no builder, and none can be made. Its message says why. */
export class BuilderAbsentError extends Error {
  override name = 'BuilderAbsentError'
}

/**
 * Makes the builder's container unless it is there, and waits until its engine answers.
 * @throws BuilderAbsentError; FailureError `builder-failed` when there is one that does not work
 */
export async function startBuilder(
  docker: Docker,
  settings: BuilderSettings,
  context: WorkContext,
): Promise<Docker.Container> {
  const container = docker.getContainer(settings.name)
  const machine = await readMachine(docker)
  const found = await inspect(container, settings.name)
  const isOutdated = found !== undefined && found.Config.Labels[settingsLabel] !== hashSettings(settings, machine)
  if (isOutdated && isBuilding(found)) context.log('the builder keeps the limits that it was made with while it builds')
  const replaced = isOutdated && !isBuilding(found)
  if (replaced) await remove(container, context)
  if (!found || replaced) await makeBuilder(docker, settings, machine, replaced, context)
  else if (!found.State.Running) await launch(container, context)
  await awaitReady(container, context)
  return container
}

/** One that cannot be made leaves nothing, so that the next who looks sees none either. */
async function makeBuilder(
  docker: Docker,
  settings: BuilderSettings,
  machine: Machine,
  isReplaced: boolean,
  context: WorkContext,
): Promise<void> {
  const container = docker.getContainer(settings.name)
  try {
    await pullImage(docker, settings, context)
    const spec = buildBuilderSpec(settings, machine, await readHostAddresses(docker, settings.image))
    await context.fence()
    await createShared(docker, spec, 'builder-failed', context)
    await launch(container, context)
    await awaitReady(container, context)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof FailureError) || isOfEngine(error)) throw error
    await remove(container, context)
    const reason = `${settings.image}: ${error.diagnosis ?? error.message}`
    throw isReplaced ? fail(reason) : new BuilderAbsentError(reason)
  }
}

/** An engine that is away, slow or full says nothing of the builder, which another worker may be making just now. */
function isOfEngine({ code }: FailureError): boolean {
  return code !== 'builder-failed' && findAwaited(code) === 'engine'
}

async function remove(container: Docker.Container, context: WorkContext): Promise<void> {
  await context.fence()
  // 404, 409: another worker has removed it, or is about to.
  await callEngine(() => container.remove({ force: true }).catch(ignoreStatus(404, 409)), 'builder-failed')
}

async function readMachine(docker: Docker): Promise<Machine> {
  const info: { MemTotal: number; NCPU: number } = await callEngine(() => docker.info())
  return { memoryBytes: info.MemTotal, cpus: info.NCPU }
}

async function inspect(container: Docker.Container, name: string): Promise<Docker.ContainerInspectInfo | undefined> {
  const found = await callEngine(() => container.inspect().catch(ignoreStatus(404)))
  if (found && found.Config.Labels[labelKeys.role] !== 'builder')
    throw fail(`a container that is not Stevedore's is called ${name}: rename it, or set STEVEDORE_BUILDER_NAME`)
  return found
}

/** One that builds meanwhile is left as it is: with the settings of another worker, or of before. */
function isBuilding(found: Docker.ContainerInspectInfo): boolean {
  return found.State.Running && (found.ExecIDs ?? []).length > 0
}

async function launch(container: Docker.Container, context: WorkContext): Promise<void> {
  context.log('starting the builder')
  const files = Object.entries(builderFiles).map(([name, text]) => [`${builderFolder.slice(1)}/${name}`, text])
  await context.fence()
  await writeFiles(container, '/', Object.fromEntries(files), 0o755)
  await callEngine(() => container.start().catch(ignoreStatus(304)), 'builder-failed')
}

/** One that runs and does not answer is started anew, for the next who asks. */
async function awaitReady(container: Docker.Container, { signal, fence }: WorkContext): Promise<void> {
  const command = ['docker', '--host', `unix://${builderSocket}`, 'version']
  const look = async () => {
    // One that starts may end the connection in any way.
    const answer = await execIn(container, command, { signal }).catch(() => undefined)
    if (answer?.exitCode === 0) return 'ready'
    const { State, RestartCount } = await callEngine(() => container.inspect(), 'builder-failed')
    return State.Restarting || RestartCount > 2 ? 'failing' : undefined
  }
  const state = await pollUntil(look, { deadlineMs: readyMs, intervalMs: 200, signal })
  if (state === 'ready') return
  const lastLines = await readLastLines(container)
  await fence()
  await callEngine(() => container.restart({ t: 5 }), 'builder-failed').catch(() => undefined)
  throw fail(lastLines)
}

async function readLastLines(container: Docker.Container): Promise<string> {
  const { stdout, stderr } = { stdout: true, stderr: true }
  const output = await callEngine(() => container.logs({ stdout, stderr, tail: 5 }), 'builder-failed')
  return `its last words: ${output.toString('utf8').slice(-2_000)}`
}

function fail(diagnosis: string): FailureError {
  return new FailureError('builder-failed', { diagnosis })
}
