import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import { terminalType } from '@stevedore/engine'
import type { ManifestOf, PodTemplate } from '../client/kinds.ts'
import { keys, objectLabels, reachLabels } from './labels.ts'
import { nameContainer, nameObjects } from './names.ts'
import { policyLabels } from './network-policy.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

export type JobRole = 'migrate' | 'check'

/** A command that a release is migrated or checked by. */
export interface JobCommand {
  role: JobRole
  command: readonly string[]
  timeoutSeconds: number
  env?: Record<string, string>
  /** Somebody types into it. */
  hasTerminal?: boolean | undefined
}

export function nameJob(release: KubernetesRelease, role: JobRole): string {
  return `${nameObjects(release).main}-${role}-r${release.revision}`
}

/**
 * A command in the release's own image and settings, once. Its pods carry none of the labels that a Service or a disruption budget
 * of the place selects.
 * @param template the pods of the release
 */
export function buildJob(release: KubernetesRelease, template: PodTemplate, job: JobCommand): ManifestOf<'Job'> {
  return writeJob(release, template, { ...job, name: nameJob(release, job.role), label: { [keys.role]: job.role } })
}

/** By the beginning of its job's id, which a label has in full. */
export function nameCommand(place: KubernetesPlace, jobId: string): string {
  return `${nameObjects(place).main}-run-${jobId.slice(0, 8)}`
}

/** The same for a command that a person asked for, without its pod. No later deploy takes it for its own, and ends it. */
export function buildCommand(
  release: KubernetesRelease,
  template: PodTemplate,
  { jobId, ...job }: Pick<JobCommand, 'command' | 'timeoutSeconds' | 'hasTerminal'> & { jobId: string },
): ManifestOf<'Job'> {
  const own = { ...job, name: nameCommand(release, jobId), label: { [keys.command]: jobId } }
  const written = writeJob(release, template, own)
  return { ...written, spec: { ...written.spec, parallelism: 0, completions: 1 } }
}

interface WrittenJob extends Omit<JobCommand, 'role'> {
  name: string
  /** What it is, on the Job and its pod. */
  label: Record<string, string>
}

function writeJob(release: KubernetesRelease, template: PodTemplate, job: WrittenJob): ManifestOf<'Job'> {
  const labels = {
    ...job.label,
    [keys.revision]: String(release.revision),
    ...policyLabels(release),
    ...reachLabels(release),
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: job.name,
      namespace: release.settings.namespace,
      labels: { ...objectLabels(release), ...labels },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: job.timeoutSeconds,
      template: {
        metadata: { labels: { [keys.managedBy]: 'stevedore', [keys.name]: release.app, ...labels } },
        spec: runOnce(template.spec, findApp(release, template.spec), job),
      },
    },
  }
}

/** The container that runs the app. */
function findApp(release: KubernetesRelease, { containers }: V1PodSpec): V1Container | undefined {
  const named = release.settings.container ?? nameContainer(release)
  return containers.find(({ name }) => name === named) ?? containers[0]
}

function runOnce(
  { topologySpreadConstraints: _, ...pod }: V1PodSpec,
  app: V1Container | undefined,
  { command, env = {}, hasTerminal }: Pick<JobCommand, 'command' | 'env' | 'hasTerminal'>,
): V1PodSpec {
  const list = (given: Record<string, string>) => Object.entries(given).map(([name, value]) => ({ name, value }))
  const all = [...list(hasTerminal ? { TERM: terminalType } : {}), ...(app?.env ?? []), ...list(env)]
  const own = { command: [...command], env: all, ...(hasTerminal ? { stdin: true, tty: true } : {}) }
  const containers = app ? [{ ...dropServing(app), ...own }] : []
  // As the first process of its container a program is not ended by a Ctrl-C unless it says so itself.
  const sharing = hasTerminal && !pod.hostPID ? { shareProcessNamespace: true } : {}
  return { ...pod, ...sharing, restartPolicy: 'Never', containers }
}

/** A container less what only a server has. */
function dropServing({
  readinessProbe: _r,
  livenessProbe: _l,
  startupProbe: _s,
  lifecycle: _c,
  ports: _p,
  args: _a,
  ...kept
}: V1Container): V1Container {
  return kept
}
