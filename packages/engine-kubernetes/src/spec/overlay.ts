import type { V1Container, V1PodSpec } from '@kubernetes/client-node'

/** Pods as they are after the fields of an apply: containers and lists of named things are merged by their key, the rest is replaced. */
export function overlayPod(base: V1PodSpec, fields: V1PodSpec): V1PodSpec {
  const imagePullSecrets = mergeByKey(base.imagePullSecrets, fields.imagePullSecrets, ({ name }) => name)
  const volumes = mergeByKey(base.volumes, fields.volumes, ({ name }) => name)
  return {
    ...base,
    ...fields,
    ...overlaySecurity(base, fields),
    ...(imagePullSecrets.length > 0 ? { imagePullSecrets } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
    containers: base.containers.map((container) => {
      const changed = fields.containers.find(({ name }) => name === container.name)
      return changed ? overlayContainer(container, changed) : container
    }),
  }
}

function overlayContainer(base: V1Container, fields: V1Container): V1Container {
  const env = mergeByKey(base.env, fields.env, ({ name }) => name)
  const volumeMounts = mergeByKey(base.volumeMounts, fields.volumeMounts, ({ mountPath }) => mountPath)
  return {
    ...base,
    ...fields,
    ...overlaySecurity(base, fields),
    ...(env.length > 0 ? { env } : {}),
    ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
  }
}

/** Field by field, as an apply does: what the other leaves unsaid stays as strict as it was. */
function overlaySecurity<S extends object>(base: { securityContext?: S }, fields: { securityContext?: S }) {
  const { securityContext } = fields
  return securityContext ? { securityContext: { ...base.securityContext, ...securityContext } } : {}
}

/** Items of `fields` replace those of `base` that have the same key. */
function mergeByKey<T>(base: T[] = [], fields: T[] = [], keyOf: (item: T) => string | undefined): T[] {
  const replaced = new Set(fields.map(keyOf))
  return [...base.filter((item) => !replaced.has(keyOf(item))), ...fields]
}
