import { FailureError } from '@stevedore/contract'
import type { Kind, Manifest, ManifestOf } from '../client/kinds.ts'
import { nameObjects } from './names.ts'
import type { KubernetesRelease } from './place.ts'
import { findServing, readPodFacts } from './pod-facts.ts'
import type { BaseManifests } from './rebase.ts'

const besideKinds: readonly Kind[] = ['Deployment', 'CronJob', 'PersistentVolumeClaim']

/**
 * Tells the Deployment that the route leads to from all else of the manifests.
 * @throws FailureError `manifests-invalid` where there is none, where several could be meant, or where names do not go together
 */
export function splitBase(objects: readonly Manifest[], release: KubernetesRelease): BaseManifests {
  const deployment = findServing(objects, release)
  if (!deployment) throw refuse(describeUnclear(objects, release))
  const left = objects.filter((object) => object !== deployment)
  const beside = left.filter(({ kind }) => besideKinds.includes(kind))
  const faults = findNameFaults(beside, release)
  if (faults.length > 0) throw refuse(faults.join('\n'))
  const others = left.filter(({ kind }) => !besideKinds.includes(kind))
  return {
    deployment: deployment as ManifestOf<'Deployment'>,
    beside,
    pods: readPodFacts(objects, release),
    others,
    hasIngress: others.some(({ kind }) => kind === 'Ingress'),
    isRemembered: false,
  }
}

function describeUnclear(objects: readonly Manifest[], release: KubernetesRelease): string {
  const { main, service } = nameObjects(release)
  const names = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)
  if (names.length === 0) return 'the manifests hold no Deployment: one has to serve'
  return `the manifests hold ${names.length} Deployments (${names.join(', ')}), and nothing says which of them serves: bring the Service ${service} whose selector leads to one of them alone, or call one ${main} (\`deployment\` in the spec)`
}

/** The environment's own Deployment has its names, a process has none but its own, and `web` is what serves. */
function findNameFaults(beside: readonly Manifest[], release: KubernetesRelease): string[] {
  const { main, next } = nameObjects(release)
  const counts = Map.groupBy(beside, ({ kind, metadata }) => `${kind} ${metadata.name}`)
  const twice = [...counts].filter(([, all]) => all.length > 1).map(([name]) => `${name} is there twice`)
  const names = beside.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)
  const taken = names
    .filter((name) => name === main || name === next)
    .map((name) => `Deployment ${name}: the one that serves gets this name in the cluster: take another`)
  const unfit = names
    .filter((name) => name === 'web' || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
    .map((name) => `Deployment ${name}: take a name of at most 63 letters, digits and dashes that is not web`)
  // What Stevedore calls its own: another app's would find its place taken.
  const made = names
    .filter((name) => name !== next && /-(next|r\d+)$/.test(name))
    .map((name) => `Deployment ${name}: names that end in -next or in -r and a number are Stevedore's: take another`)
  return [...twice, ...taken, ...unfit, ...made]
}

function refuse(diagnosis: string): FailureError {
  return new FailureError('manifests-invalid', { diagnosis })
}
