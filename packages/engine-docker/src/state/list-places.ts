import { type FoundPlace, labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { listClaims, type Route } from '../proxy/route.ts'
import { roleFilter } from '../spec/labels.ts'

/** What a host has of any place: replicas, and ways in, which outlive them. */
export async function listPlaces({ docker, network, proxy }: Host, signal: AbortSignal): Promise<FoundPlace[]> {
  const filters = roleFilter(network, 'replica')
  const look = () => docker.listContainers({ all: true, filters, abortSignal: signal })
  const containers = await callEngine(look, undefined, signal)
  const [{ Name: host }, routes] = await Promise.all([
    callEngine(() => docker.info(), undefined, signal),
    proxy.readRoutes(),
  ])
  const byPlace = Map.groupBy(containers, ({ Labels }) => `${Labels[labelKeys.app]}.${Labels[labelKeys.environment]}`)
  const keys = new Set([...byPlace.keys(), ...Object.keys(routes)])
  return [...keys].toSorted().flatMap((key) => toPlace(host, byPlace.get(key) ?? [], routes[key]))
}

function toPlace(host: string, containers: Docker.ContainerInfo[], route: Route | undefined): FoundPlace[] {
  const labels = containers[0]?.Labels
  const app = route?.app ?? labels?.[labelKeys.app]
  const environment = route?.environment ?? labels?.[labelKeys.environment]
  if (!app || !environment) return []
  const numbers = new Set(containers.map(({ Labels }) => Number(Labels[labelKeys.revision])))
  const revisions = [...numbers].filter(Number.isInteger).toSorted((a, b) => a - b)
  return [{ app, environment, host, replicas: containers.length, revisions, claims: route ? listClaims(route) : [] }]
}
