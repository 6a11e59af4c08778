import { type AnyRoute, routeTable } from '@stevedore/api'

/** Every route of a sort, each beside its name, as `test.each` takes them. */
export function listRoutes(isMeant: (route: AnyRoute) => unknown = () => true): [string, AnyRoute][] {
  return routeTable.filter(isMeant).map((route) => [`${route.method} ${route.url}`, route])
}

/** Of those that a token opens. */
export function accessOf(route: AnyRoute) {
  return route.access as Exclude<AnyRoute['access'], string>
}

export function isGuarded(route: AnyRoute): boolean {
  return typeof route.access !== 'string'
}

const plain: Record<string, string> = { app: 'shop', environment: 'staging', number: '1', name: 'KEY' }

/** The address of a route with its parameters filled in: those of the shop, unless others are given. */
export function addressOf(route: AnyRoute, parameters: Record<string, string>): string {
  const ofCertificate = route.url.startsWith('/v1/certificates') && { name: 'shop' }
  const values: Record<string, string> = { ...plain, ...ofCertificate, ...parameters }
  // A delivery has a number: the id of a job is none of it.
  if (route.url.includes('/deliveries/:id') && /^[0-9a-f]{8}-/.test(values.id ?? '')) values.id = '1'
  const path = route.url.replaceAll(/:([a-z]+)/gi, (_, name: string) => values[name] ?? '')
  return route.url.endsWith('/compare') ? `${path}?from=1&to=1` : path
}

/** What a request needs beside its address to come as far as its body: the type of that body. */
export function headersOf(route: AnyRoute): Record<string, string> {
  return route.bodyAs?.kind === 'stream' ? { 'content-type': route.bodyAs.mediaTypes[0] ?? '' } : {}
}
