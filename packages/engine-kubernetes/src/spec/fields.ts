/** An object whose shape is others' to say, as far as it is walked. */
export type Fields = { readonly [name: string]: unknown }

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A key with dots (a label's) is set in brackets, so that a path can be read back. */
export function joinField(parent: string, key: string): string {
  if (/[./]/.test(key)) return `${parent}[${key}]`
  return parent === '' ? key : `${parent}.${key}`
}

/** What tells an item of a list from the others, as the API server sees it: a name, a mount path or a container port. */
export function identify(item: unknown): string | undefined {
  if (!isFields(item)) return undefined
  const { name, mountPath, containerPort, topologyKey } = item
  const id = mountPath ?? name ?? containerPort ?? topologyKey
  return id === undefined ? undefined : String(id)
}

export function showValue(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
