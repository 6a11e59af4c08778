import { fitsGlob } from './glob.ts'

/**
 * Whether one of these files is among those that a trigger's `paths` mean: of the patterns that a file fits the last decides. It takes no
 * regular expression: those that libraries make of `*a*a*a*b` take seconds for one long name.
 */
export function fitsPaths(patterns: readonly string[], files: readonly string[]): boolean {
  const read = patterns.map((text) => ({ adds: !text.startsWith('!'), parts: text.replace(/^!/, '').split('/') }))
  return files.some((file) => {
    const names = file.split('/')
    return read.findLast(({ parts }) => fitsParts(parts, names))?.adds ?? false
  })
}

/**
 * `**` takes as few folders as it can, and more when the rest does not fit: only the last one ever needs to take more. It may take none: a
 * submodule is changed under the name of its folder.
 */
function fitsParts(parts: readonly string[], names: readonly string[]): boolean {
  let part = 0
  let name = 0
  let retry: { part: number; name: number } | undefined
  while (name < names.length) {
    if (parts[part] === '**') {
      retry = { part: part + 1, name }
      part += 1
    } else if (part < parts.length && fitsGlob(parts[part] ?? '', names[name] ?? '')) {
      part += 1
      name += 1
    } else if (retry) {
      retry.name += 1
      part = retry.part
      name = retry.name
    } else return false
  }
  return parts.slice(part).every((left) => left === '**')
}
