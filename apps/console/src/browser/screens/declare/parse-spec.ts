import type { Fault } from '@stevedore/contract'
import { RefusedError } from '../../api/problem.ts'
import { parsePlainYaml } from './plain-yaml.ts'

/** Reads a spec as it is written, and sees that it names an app: the server judges all else. Throws RefusedError. */
export function parseSpec(text: string): object {
  const spec = readSpec(text)
  if (typeof spec !== 'object' || spec === null || typeof Object(spec).app !== 'string')
    throw refuse('It has no “app” with the name of the app.', [nameless])
  // Keys that begin with `x-` hold what the rest of a file refers to.
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !key.startsWith('x-')))
}

const nameless: Fault = { path: ['app'], code: 'invalid-type', message: 'is the name of the app, which is missing' }

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

function refuse(detail: string, faults: Fault[] = []): RefusedError {
  const title = 'The spec cannot be read'
  return new RefusedError({ code: 'unreadable-spec', status: 0, title, detail, faults, instance: undefined })
}
