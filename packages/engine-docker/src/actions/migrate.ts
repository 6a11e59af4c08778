import { durationMs, FailureError } from '@stevedore/contract'
import { type Release, type WorkContext, withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readLastLines, readLines } from '../client/container-log.ts'
import { callEngine, statusOf } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import { buildContainerSpec } from '../spec/container.ts'
import { containerName } from '../spec/labels.ts'
import { ensureNetwork } from './network.ts'
import { pullImage } from './pull-image.ts'
import { removeContainer } from './stop.ts'

const lastLines = 20

/** Runs the migration in a container of its own, which stays when it succeeded: it is the record that it ran. */
export async function migrate(host: Host, release: Release, context: WorkContext): Promise<void> {
  const wish = release.settings.migrate
  if (!wish) return
  const container = host.docker.getContainer(containerName(host.network, release, 'migrate'))
  const state = await readState(container)
  if (state?.Status === 'exited' && state.ExitCode === 0) return
  // One that runs was started by an earlier attempt: it is waited for, not run twice.
  if (!state?.Running) await start(host, release, wish.command, state !== undefined, context)
  const signal = withinMs(durationMs(wish.timeout), context.signal)
  try {
    await follow(container, signal, context)
  } catch (error) {
    await removeContainer(host, container.id, { ...context, signal: AbortSignal.timeout(30_000) })
    context.signal.throwIfAborted()
    throw signal.aborted ? failed(`it did not end within ${wish.timeout}`) : error
  }
}

async function readState(container: Docker.Container): Promise<Docker.ContainerInspectInfo['State'] | undefined> {
  return callEngine(async () => {
    try {
      return (await container.inspect()).State
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

async function start(
  host: Host,
  release: Release,
  command: string[],
  isThere: boolean,
  context: WorkContext,
): Promise<void> {
  await pullImage(host.docker, release, context)
  await ensureNetwork(host, context)
  const spec = buildContainerSpec(release, { part: 'migrate', jobId: context.jobId, network: host.network, command })
  if (isThere) await removeContainer(host, spec.name!, context)
  await context.fence()
  const container = await callEngine(() => host.docker.createContainer(spec), 'container-start-failed')
  await context.fence()
  await callEngine(() => container.start(), 'container-start-failed')
}

async function follow(container: Docker.Container, signal: AbortSignal, { log }: WorkContext): Promise<void> {
  for await (const line of readLines(container, { follow: true, tailLines: 1_000, signal })) log(line)
  signal.throwIfAborted()
  const { StatusCode } = await callEngine(() => container.wait({ abortSignal: signal }), undefined, signal)
  if (StatusCode === 0) return
  const lines = (await readLastLines(container, lastLines)).join('\n')
  throw failed(`it exited with code ${StatusCode}${lines ? `; its last lines:\n${lines}` : ''}`)
}

function failed(diagnosis: string): FailureError {
  return new FailureError('migration-failed', { diagnosis })
}
