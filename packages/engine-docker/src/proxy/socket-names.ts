import { createHash } from 'node:crypto'
import { proxyFolders } from './folders.ts'
import { type RoutedPlace, routeKey } from './route.ts'

/**
 * The socket by which one environment's link comes into another: the proxy listens on it while the other lets it in, and leads to the revision
 * that serves. By a hash, since a socket's path has room for about a hundred characters. @param caller `APP/ENVIRONMENT`
 */
export function nameSocket(place: RoutedPlace, caller: string): string {
  const mark = createHash('sha256')
    .update(`${caller}>${routeKey(place)}`)
    .digest('hex')
    .slice(0, 24)
  return `${mark}.sock`
}

export function pathOfSocket(place: RoutedPlace, caller: string): string {
  return `${proxyFolders.links}/${nameSocket(place, caller)}`
}
