import { FailureError } from '@stevedore/contract'
import { labelKeys, pollUntil, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { writeFiles } from '../client/archive.ts'
import { execIn } from '../client/exec.ts'
import { pullImage } from '../client/images.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { buildBuilderSpec, hashSettings, settingsLabel } from './container-spec.ts'
import { readHostAddresses } from './host-addresses.ts'
import type { BuilderSettings, Machine } from './settings.ts'
import { builderFiles, builderFolder, builderSocket } from './start-script.ts'

/** An engine that starts with a large store of layers takes a while on a busy machine. */
const readyMs = 120_000

/**
 * Makes the builder's container unless it is there, and waits until its engine answers.
 * @throws FailureError `builder-failed`, or that of the image's pull
 */
export async function startBuilder(
  docker: Docker,
  settings: BuilderSettings,
  context: WorkContext,
): Promise<Docker.Container> {
  const container = docker.getContainer(settings.name)
  const machine = await readMachine(docker)
  let found = await inspect(container, settings.name)
  if (found && isOutdated(found, settings, machine)) {
    await context.fence()
    // 404, 409: another worker has removed it, or is about to.
    await callEngine(() => container.remove({ force: true }).catch(ignoreStatus(404, 409)), 'builder-failed')
    found = undefined
  }
  if (!found?.State.Running) await launch(docker, settings, machine, found !== undefined, context)
  await awaitReady(container, context)
  return container
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
function isOutdated(found: Docker.ContainerInspectInfo, settings: BuilderSettings, machine: Machine): boolean {
  const isBuilding = found.State.Running && (found.ExecIDs ?? []).length > 0
  return found.Config.Labels[settingsLabel] !== hashSettings(settings, machine) && !isBuilding
}

async function launch(
  docker: Docker,
  settings: BuilderSettings,
  machine: Machine,
  isMade: boolean,
  context: WorkContext,
): Promise<void> {
  const container = docker.getContainer(settings.name)
  if (!isMade) {
    await pullImage(docker, settings, context).catch((error: unknown) => {
      throw namePullFailure(error, settings.image)
    })
    const spec = buildBuilderSpec(settings, machine, await readHostAddresses(docker, settings.image))
    await context.fence()
    // 409: another worker has made it meanwhile.
    await callEngine(() => docker.createContainer(spec).catch(ignoreStatus(409)), 'builder-failed')
  }
  context.log(`starting the builder ${settings.name}`)
  const files = Object.entries(builderFiles).map(([name, text]) => [`${builderFolder.slice(1)}/${name}`, text])
  await writeFiles(container, '/', Object.fromEntries(files), 0o755)
  await context.fence()
  await callEngine(() => container.start().catch(ignoreStatus(304)), 'builder-failed')
}

/** An engine that is away is another matter. */
function namePullFailure(error: unknown, image: string): unknown {
  if (!(error instanceof FailureError) || error.code === 'engine-unreachable') return error
  return fail(`its image ${image} cannot be had: ${error.diagnosis ?? error.message}`)
}

async function awaitReady(container: Docker.Container, { signal }: WorkContext): Promise<void> {
  const command = ['docker', '--host', `unix://${builderSocket}`, 'version']
  const look = async () => {
    // One that starts may end the connection in any way.
    const answer = await execIn(container, command, { signal }).catch(() => undefined)
    if (answer?.exitCode === 0) return 'ready'
    const { State, RestartCount } = await callEngine(() => container.inspect(), 'builder-failed')
    return State.Restarting || RestartCount > 2 ? 'failing' : undefined
  }
  const state = await pollUntil(look, { deadlineMs: readyMs, intervalMs: 200, signal })
  if (state !== 'ready') throw fail(await readLastLines(container))
}

async function readLastLines(container: Docker.Container): Promise<string> {
  const { stdout, stderr } = { stdout: true, stderr: true }
  const output = await callEngine(() => container.logs({ stdout, stderr, tail: 5 }), 'builder-failed')
  return `its last words: ${output.toString('utf8').slice(-2_000)}`
}

function fail(diagnosis: string): FailureError {
  return new FailureError('builder-failed', { diagnosis })
}
