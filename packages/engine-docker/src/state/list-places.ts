import { type FoundHost, type FoundPlace, labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { listClaims, type Route } from '../proxy/route.ts'
import { type Role, roleFilter } from '../spec/labels.ts'

/** One that does not answer keeps nothing of the others from being told. */
export async function listHosts(hosts: readonly Host[], signal: AbortSignal): Promise<FoundHost[]> {
  const looks = await Promise.allSettled(hosts.map((host) => listPlaces(host, signal)))
  return looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []))
}

/** What a host has of any place: replicas, and ways in, which outlive them. */
async function listPlaces({ docker, network, proxy }: Host, signal: AbortSignal): Promise<FoundHost> {
  const list = (role: Role) =>
    callEngine(
      () => docker.listContainers({ all: true, filters: roleFilter(network, role), abortSignal: signal }),
      undefined,
      signal,
    )
  const containers = [...(await list('replica')), ...(await list('process'))]
  const [{ Name: host }, routes] = await Promise.all([
    callEngine(() => docker.info(), undefined, signal),
    proxy.readRoutes(),
  ])
  const byPlace = Map.groupBy(containers, ({ Labels }) => `${Labels[labelKeys.app]}.${Labels[labelKeys.environment]}`)
  const keys = new Set([...byPlace.keys(), ...Object.keys(routes)])
  const places = [...keys].toSorted().flatMap((key) => toPlace(byPlace.get(key) ?? [], routes[key]))
  return { host, places }
}

function toPlace(containers: Docker.ContainerInfo[], route: Route | undefined): FoundPlace[] {
  const labels = containers[0]?.Labels
  const app = route?.app ?? labels?.[labelKeys.app]
  const environment = route?.environment ?? labels?.[labelKeys.environment]
  if (!app || !environment) return []
  const numbers = new Set(containers.map(({ Labels }) => Number(Labels[labelKeys.revision])))
  const revisions = [...numbers].filter(isRevision).toSorted((a, b) => a - b)
  return [{ app, environment, replicas: containers.length, revisions, claims: route ? listClaims(route) : [] }]
}

/** Labels are written by whoever may start containers. */
function isRevision(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 2 ** 31
}
