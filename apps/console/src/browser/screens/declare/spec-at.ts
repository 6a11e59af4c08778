type Path = readonly string[]

/** What a spec says at a path; undefined where it says nothing. */
export function readAt(spec: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    spec,
  )
}

/** A copy that says this at a path. With undefined it says nothing there, and no empty mapping is left where that was all. */
export function writeAt(spec: Record<string, unknown>, path: Path, value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = path
  const old = isMap(spec[key]) ? spec[key] : {}
  const inner = rest.length === 0 ? value : writeAt(old, rest, value)
  if (inner !== undefined && !(rest.length > 0 && value === undefined && isEmpty(inner)))
    return { ...spec, [key]: inner }
  const { [key]: _, ...others } = spec
  return others
}

/** A copy whose mapping at a path has another name for one of its keys, in the same place. A name that is taken changes nothing. */
export function renameAt(spec: Record<string, unknown>, path: Path, from: string, to: string): Record<string, unknown> {
  const map = readAt(spec, path)
  if (!isMap(map) || Object.hasOwn(map, to)) return spec
  return writeAt(
    spec,
    path,
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key === from ? to : key, value])),
  )
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0
}
