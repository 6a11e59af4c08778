import { proxyFolders } from './folders.ts'
import { backendName, listBackends, listNames, type Route } from './route.ts'

/** Beside the base: which backend a name leads to, made anew of all routes. */
export const namesFile = 'names.map'
/** Before a name that visitors are sent on to. */
const redirectMark = '>'

const names = `${proxyFolders.base}/${namesFile}`

/**
 * How the frontend that all names share finds the backend: the exact name, then `*` in place of its first label. A name may come in
 * any case, with a final dot and with a port, which a redirect keeps. A route that a worker of an earlier version wrote is found by its
 * backend's name.
 */
export const nameRules = `\
  http-request set-var(txn.name) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.way) var(txn.name),map_str(${names})
  http-request set-var(txn.way) var(txn.name),regsub(^[^.]+,*),map_str(${names}) unless { var(txn.way) -m found }
  http-request set-var(txn.port) req.hdr(host),port_only
  http-request set-var-fmt(txn.to) %[var(txn.way),ltrim(${redirectMark})] if { var(txn.way) -m beg ${redirectMark} }
  http-request set-var-fmt(txn.to) %[var(txn.to)]:%[var(txn.port)] if { var(txn.to) -m found } { var(txn.port) -m int gt 0 }
  http-request redirect prefix https://%[var(txn.to)] code 308 if { var(txn.to) -m found } { var(txn.proto) -m beg https }
  http-request redirect prefix http://%[var(txn.to)] code 308 if { var(txn.to) -m found }
  use_backend %[var(txn.way)] if { var(txn.way) -m found }
  use_backend host.%[var(txn.name)] if { var(txn.name) -m found }
`

/** A line for each name of the routes: its backend, or the name that it sends visitors on to. */
export function renderNames(routes: Route[]): string {
  const lines = routes
    .flatMap(listBackends)
    .flatMap((route) => [
      ...listNames(route).map((name) => `${name} ${backendName(route)}\n`),
      ...Object.entries(route.redirects ?? {}).map(([name, to]) => `${name} ${redirectMark}${to}\n`),
    ])
  return lines.toSorted().join('')
}
