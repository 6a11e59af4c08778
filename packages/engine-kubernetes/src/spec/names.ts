import { isIPv6 } from 'node:net'
import type { KubernetesPlace } from './place.ts'

/**
 * A place has at most two K8sDeployments, each in a slot: `main` carries the name that users know and ends every deploy as the only
 * one; `next` stands beside it while a release is tried.
 */
export type Slot = 'main' | 'next'

interface ObjectNames {
  main: string
  next: string
  service: string
  account: string
  pullSecret: string
}

export function nameObjects({ app, settings }: Pick<KubernetesPlace, 'app' | 'settings'>): ObjectNames {
  const main = settings.deployment ?? app
  return { main, next: `${main}-next`, service: settings.service ?? main, account: main, pullSecret: `${main}-pull` }
}

export function nameDeployment(place: KubernetesPlace, slot: Slot): string {
  return nameObjects(place)[slot]
}

/** The container that runs the app in what Stevedore makes. */
export function nameContainer({ app, settings }: KubernetesPlace): string {
  return settings.container ?? app
}

/** An address as the host of a URL: one of IPv6 stands in brackets. */
export function nameHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address
}
