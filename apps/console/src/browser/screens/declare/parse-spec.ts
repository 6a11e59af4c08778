import { RefusedError } from '../../api/problem.ts'
import { parsePlainYaml } from './plain-yaml.ts'
import { isMap } from './spec-at.ts'

/** Reads a spec as it is written; what it says is the server's to judge. Throws RefusedError. */
export function parseSpec(text: string): Record<string, unknown> {
  const spec = text.trim() === '' ? {} : readSpec(text)
  if (!isMap(spec)) throw refuse('It is no “key: value”.')
  const { apps, ...rest } = dropExtensions(spec)
  if (!isMap(apps)) return dropExtensions(spec)
  return {
    ...rest,
    apps: Object.fromEntries(Object.entries(apps).map(([name, one]) => [name, isMap(one) ? dropExtensions(one) : one])),
  }
}

/** Keys that begin with `x-` hold what the rest of a file refers to. */
function dropExtensions(spec: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !key.startsWith('x-')))
}

/** The text alone, whatever it says. Throws RefusedError. */
export function readSpec(text: string): unknown {
  return text.trimStart().startsWith('{') ? parseJson(text) : parseYaml(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refuse(`It is not JSON: ${(error as Error).message}`)
  }
}

function parseYaml(text: string): unknown {
  try {
    return parsePlainYaml(text)
  } catch (error) {
    throw refuse((error as Error).message)
  }
}

function refuse(detail: string): RefusedError {
  const title = 'The spec cannot be read'
  return new RefusedError({ code: 'unreadable-spec', status: 0, title, detail, faults: [], instance: undefined })
}
