import type { AnyScreen, Screen } from './screen.ts'
import { accessScreen } from './screens/access/screen.ts'
import { appScreen } from './screens/app/screen.ts'
import { approvalsScreen } from './screens/approvals/screen.ts'
import { auditScreen } from './screens/audit/screen.ts'
import { environmentScreen } from './screens/environment/screen.ts'
import { jobScreen } from './screens/job/screen.ts'
import { logScreen } from './screens/log/screen.ts'
import { overviewScreen } from './screens/overview/screen.ts'
import { queueScreen } from './screens/queue/screen.ts'
import { systemScreen } from './screens/system/screen.ts'
import type { Place } from './state.ts'

/** Every screen by its name, in the order of the navigation. */
const table = {
  overview: overviewScreen,
  app: appScreen,
  environment: environmentScreen,
  job: jobScreen,
  log: logScreen,
  queue: queueScreen,
  approvals: approvalsScreen,
  audit: auditScreen,
  access: accessScreen,
  system: systemScreen,
  // biome-ignore lint/suspicious/noExplicitAny: each screen has data of its own
} satisfies Record<string, Screen<any>>

export const screens: readonly AnyScreen[] = Object.entries(table).map(([name, screen]) => ({ name, ...screen }))

/** The screen at an address, and what the address says; undefined where there is none. */
export function findScreen(path: string, query: URLSearchParams): { screen: AnyScreen; place: Place } | undefined {
  for (const screen of screens) {
    const params = matchPath(screen.path, path)
    if (params) return { screen, place: { path, params, query } }
  }
  return undefined
}

/** The parts of a path that vary, by their names; undefined where it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/\/+$/, '').split('/')
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
