import { type DockerEnvironment, type Entrance, listCallers, listEntrances, nameLinked } from '@stevedore/contract'
import type { Place } from '@stevedore/engine'
import { backendName, type Route, type RoutedPlace, type RouteEntrance, type ServerPort } from '../proxy/route.ts'

/** The ways into a place as the proxy keeps them; what a place does not have is left out. */
export function buildEntrances(settings: DockerEnvironment): RouteEntrance & Pick<Route, 'further'> {
  const [main, ...further] = listEntrances(settings).map(buildEntrance)
  return { ...main, ...(further.length > 0 ? { further } : {}) }
}

/** Whose links come in; what lets none in says nothing of it. */
export function buildCallers({
  environment,
  settings,
}: Pick<Place, 'environment' | 'settings'>): Pick<Route, 'callers'> {
  const callers = listCallers(settings, environment).map(nameLinked)
  return callers.length > 0 ? { callers: [...new Set(callers)] } : {}
}

function buildEntrance({ hosts, redirects, port, protocol }: Entrance): RouteEntrance {
  const [host, ...names] = hosts
  return {
    ...(host ? { host } : {}),
    ...(names.length > 0 ? { names } : {}),
    ...(Object.keys(redirects).length > 0 ? { redirects } : {}),
    ...(port ? { port } : {}),
    ...(protocol === 'http' ? {} : { protocol }),
  }
}

/** The container's port behind each further way in, by the backend that leads there. */
export function listFurtherPorts(place: RoutedPlace, settings: DockerEnvironment): Record<string, ServerPort> {
  const [, ...further] = listEntrances(settings)
  return Object.fromEntries(
    further.map((entrance) => [
      backendName({ ...buildEntrance(entrance), app: place.app, environment: place.environment }),
      { port: entrance.containerPort, ...describeSpeech(entrance.protocol) },
    ]),
  )
}

/** What a port speaks, as the proxy must know it to speak to it. */
export function describeSpeech(protocol: string | undefined): Pick<ServerPort, 'http2'> {
  return protocol === 'h2c' || protocol === 'grpc' ? { http2: true } : {}
}
