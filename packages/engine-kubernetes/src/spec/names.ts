import type { KubernetesPlace } from './place.ts'

/**
 * A place has at most two K8sDeployments, each in a slot: `main` carries the name that users know and ends every deploy as the only
 * one; `next` stands beside it while a release is tried.
 */
export type Slot = 'main' | 'next'

export interface ObjectNames {
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
