import { basename, dirname } from 'node:path'

/** A name as apps, environments, volumes and processes may have it; `app` where nothing is left of it. */
export function toAppName(text: string): string {
  const letters = text
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-$/, '')
  return letters === '' ? 'app' : letters
}

/** The same, as none of those is called that are there. */
export function toFreeName(text: string, taken: ReadonlySet<string>): string {
  const name = toAppName(text)
  for (let number = 2; ; number += 1) {
    const candidate = number === 2 ? name : `${name.slice(0, 36)}-${number - 1}`
    if (!taken.has(candidate)) return candidate
  }
}

/** What a project is called by its folder; by the one above where its own says nothing. */
export function nameFolder(folder: string): string {
  const name = basename(folder)
  return toAppName(/^(src|app|docker|code|source)$/i.test(name) ? basename(dirname(folder)) || name : name)
}
