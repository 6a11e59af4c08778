import type { AnyScreen } from './screen.ts'
import type { Place } from './state.ts'

/** The screen at an address, and what the address says; undefined where there is none. */
export function findScreen(
  screens: readonly AnyScreen[],
  path: string,
  query: URLSearchParams,
): { screen: AnyScreen; place: Place } | undefined {
  for (const screen of screens) {
    const params = matchPath(screen.path, path)
    if (params) return { screen, place: { path, params, query } }
  }
  return undefined
}

/** The parts of a path that vary, by their names; undefined where it does not match. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = (path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(text)
    else if (part !== text) return undefined
  }
  return params
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
