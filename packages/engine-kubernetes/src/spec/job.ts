import type { V1Job, V1PodTemplateSpec } from '@kubernetes/client-node'
import { type KubernetesRelease, keys, nameContainer, nameObjects, objectLabels } from './names.ts'

export type JobRole = 'migrate' | 'check'

export interface JobWish {
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
export function buildJob(release: KubernetesRelease, template: V1PodTemplateSpec, wish: JobWish): V1Job {
  const labels = { [keys.role]: wish.role, [keys.revision]: String(release.revision) }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameJob(release, wish.role),
      namespace: release.settings.namespace,
      labels: { ...objectLabels(release), ...labels },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: wish.timeoutSeconds,
      template: {
        metadata: { labels: { [keys.managedBy]: 'stevedore', [keys.name]: release.app, ...labels } },
        spec: runOnce(release, template, wish),
      },
    },
  }
}

function runOnce(release: KubernetesRelease, template: V1PodTemplateSpec, { command, env = {} }: JobWish) {
  const { topologySpreadConstraints: _, ...pod } = template.spec ?? { containers: [] }
  const name =
    release.settings.container ?? (pod.containers.length === 1 ? pod.containers[0]!.name : nameContainer(release))
  const own = pod.containers.find((container) => container.name === name) ?? pod.containers[0]!
  const {
    readinessProbe: _r,
    livenessProbe: _l,
    startupProbe: _s,
    lifecycle: _c,
    ports: _p,
    args: _a,
    ...container
  } = own
  const extra = Object.entries(env).map(([key, value]) => ({ name: key, value }))
  return {
    ...pod,
    restartPolicy: 'Never',
    containers: [{ ...container, command: [...command], env: [...(container.env ?? []), ...extra] }],
  }
}
