import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import type { ManifestOf, PodTemplate } from '../client/kinds.ts'
import { keys, objectLabels } from './labels.ts'
import { nameContainer, nameObjects } from './names.ts'
import { policyLabels } from './network-policy.ts'
import type { KubernetesRelease } from './place.ts'

export type JobRole = 'migrate' | 'check'

/** A command that a release is migrated or checked by. */
export interface JobCommand {
  role: JobRole
  command: readonly string[]
  timeoutSeconds: number
  env?: Record<string, string>
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
  const labels = { [keys.role]: job.role, [keys.revision]: String(release.revision), ...policyLabels(release) }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameJob(release, job.role),
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
  { command, env = {} }: JobCommand,
): V1PodSpec {
  const extra = Object.entries(env).map(([name, value]) => ({ name, value }))
  const containers = app ? [{ ...dropServing(app), command: [...command], env: [...(app.env ?? []), ...extra] }] : []
  return { ...pod, restartPolicy: 'Never', containers }
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
