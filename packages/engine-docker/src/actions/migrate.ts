import { durationMs, FailureError } from '@stevedore/contract'
import { labelKeys, type Place, type Release, type WorkContext, withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { pullImage } from '../client/images.ts'
import { failWithLastLines } from '../failure/container.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { buildContainerSpec } from '../spec/container.ts'
import { placeFilter } from '../spec/labels.ts'
import { bringFiles } from './bring-files.ts'
import { removeContainer, startContainer } from './containers.ts'
import { ensureNetwork } from './ensure-network.ts'
import { followToEnd } from './follow-to-end.ts'

/** Runs the migration in a container of its own, which stays when it succeeded: it is the record that it ran. */
export async function migrate(host: Host, release: Release, context: WorkContext): Promise<void> {
  const { migrate: migration } = release.settings
  if (!migration) return
  const present = await findMigration(host, release)
  if (present?.State.Status === 'exited' && present.State.ExitCode === 0) return
  if (present && !present.State.Running) await removeContainer(host, present.Id, context)
  // One that runs was started by an earlier attempt: it is waited for, not run twice.
  const container = present?.State.Running
    ? host.docker.getContainer(present.Id)
    : await startMigration(host, release, migration.command, context)
  await awaitEnd(host, release, container, { timeout: migration.timeout, context })
}

/** By its labels: a name alone does not say whose it is. */
async function findMigration(host: Host, release: Release): Promise<Docker.ContainerInspectInfo | undefined> {
  const [found] = (await listMigrations(host, release)).filter(({ revision }) => revision === release.revision)
  return found && callEngine(() => host.docker.getContainer(found.id).inspect().catch(ignoreStatus(404)))
}

async function startMigration(
  host: Host,
  release: Release,
  command: string[],
  context: WorkContext,
): Promise<Docker.Container> {
  await pullImage(host.docker, release, context)
  await ensureNetwork(host, context)
  const { network, appLimits } = host
  const filesFolder = await bringFiles(host, release, context)
  const options = { part: 'migrate', jobId: context.jobId, network, appLimits, command, filesFolder } as const
  return startContainer(host, release, buildContainerSpec(release, options), context)
}

/** One that failed or is late goes: another attempt begins anew. */
async function awaitEnd(
  host: Host,
  { settings }: Release,
  container: Docker.Container,
  { timeout, context }: { timeout: string; context: WorkContext },
): Promise<void> {
  const signal = withinMs(durationMs(timeout), context.signal)
  try {
    await follow(container, settings, signal, context)
  } catch (error) {
    // What it failed of is told whatever becomes of what is left: another attempt finds that.
    await removeContainer(host, container.id, context).catch(() => undefined)
    context.signal.throwIfAborted()
    throw signal.aborted ? failed(`it did not end within ${timeout}`) : error
  }
}

async function follow(
  container: Docker.Container,
  settings: Release['settings'],
  signal: AbortSignal,
  context: WorkContext,
): Promise<void> {
  const exitCode = await followToEnd(container, context, { signal, tailLines: 1_000 })
  const how = `it exited with code ${exitCode}`
  if (exitCode !== 0) throw await failWithLastLines(container, settings, { code: 'migration-failed', how })
}

function failed(diagnosis: string): FailureError {
  return new FailureError('migration-failed', { diagnosis })
}

export async function removeMigrations(
  host: Host,
  place: Place,
  isOver: (revision: number) => boolean,
  context: WorkContext,
): Promise<void> {
  for (const { id, revision } of await listMigrations(host, place))
    if (isOver(revision)) await removeContainer(host, id, context)
}

async function listMigrations(host: Host, place: Place): Promise<{ id: string; revision: number }[]> {
  const filters = placeFilter(host.network, place, 'migration')
  const found = await callEngine(() => host.docker.listContainers({ all: true, filters }))
  return found.map(({ Id, Labels }) => ({ id: Id, revision: Number(Labels[labelKeys.revision]) }))
}
