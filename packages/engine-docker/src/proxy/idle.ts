import type { ProxyAdmin } from './admin.ts'
import type { ServerStat } from './admin-tables.ts'
import { keepAliveSeconds } from './base-config.ts'
import { foldLastResorts } from './last-resort.ts'
import { backendName, listBackends, type Route } from './route.ts'

type Asked = Pick<ProxyAdmin, 'look' | 'listToldServers'>

/** Whether servers of a route are known to have no request or tunnel in any process: where HAProxy does not say, they are not. */
export async function isIdle(admin: Asked, route: Route, names: string[], signal: AbortSignal): Promise<boolean> {
  for (const backend of listBackends(route).map(backendName))
    if (!(await isBackendIdle(admin, backend, names, signal))) return false
  return true
}

async function isBackendIdle(admin: Asked, backend: string, names: string[], signal: AbortSignal): Promise<boolean> {
  const { workers, told } = await admin.look(backend, signal)
  if (workers.old.length > 0 && workers.ageSeconds <= keepAliveSeconds) return false
  if (!isTableIdle(told, names)) return false
  // One after another: asked all at once, those for which no shell is kept would each be a new process at every look.
  for (const pid of workers.old)
    if (!isTableIdle(await admin.listToldServers(pid, backend, signal), names)) return false
  return true
}

function isTableIdle(table: ServerStat[] | undefined, names: string[]): boolean {
  if (!table) return false
  return foldLastResorts(table).every(({ name, sessions }) => sessions === 0 || !names.includes(name))
}
