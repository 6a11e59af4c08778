/** An absolute path inside a container, as it is named in one way alone: no `..`, no slash too many, and not `/`. */
export const plainPath = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*|\/\.[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/

/** Whether a path is another one or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/** Whether two paths are the same, or one lies below the other. */
export function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}

/** A writable path may be written with a slash at its end. */
export function trimSlashes(path: string): string {
  return path.replace(/\/{1,200}$/, '')
}
