import { durationMs, FailureError } from '@stevedore/contract'
import type { Release, WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { dockerSettings } from '../spec/container.ts'
import { describeProbe, probeReplica } from '../state/probe.ts'
import { isRunning, listReplicas } from '../state/replicas.ts'

/** Asks the settings' check of one replica; all are alike. A command runs inside it. */
export async function checkRelease(host: Host, release: Release, context: WorkContext): Promise<void> {
  const settings = dockerSettings(release)
  const { check } = settings
  if (!check) return
  const replicas = await listReplicas(host, release, context.signal)
  const replica = replicas.find((one) => one.revision === release.revision && isRunning(one))
  if (!replica) throw new FailureError('check-failed', { diagnosis: 'the new revision has no running replica' })
  await context.fence()
  const { path, command } = check
  const probe = { ...describeProbe(settings), path, command, timeoutMs: durationMs(check.timeout), listens: true }
  const { healthy, answer } = await probeReplica(host, replica, probe, context.signal)
  context.log(`check of ${replica.name}: ${answer}`)
  if (!healthy) throw new FailureError('check-failed', { diagnosis: `${replica.name} answered: ${answer}` })
}
