import type { V1PodSpec } from '@kubernetes/client-node'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { isClaim } from './brought-claims.ts'
import { isFields } from './fields.ts'
import { nameObjects } from './names.ts'
import type { KubernetesRelease } from './place.ts'
import type { BaseManifests } from './rebase.ts'

/** How claims that are there may be opened, by their names. */
export type ClaimModes = ReadonlyMap<string, readonly string[]>

/**
 * Why pods of manifests cannot have claims as they ask for them: one that a single node has open is for one replica, which is stopped before the
 * next is started, as `volumes` of a spec are.
 */
export function findClaimFaults(base: BaseManifests, release: KubernetesRelease, present: ClaimModes): string[] {
  const brought = (base.beside ?? []).filter(isClaim)
  const modes = new Map([
    ...present,
    ...brought.map(({ metadata, spec }) => [metadata.name, spec.accessModes ?? []] as const),
  ])
  const held = (pod: V1PodSpec) => listClaimNames(pod).find((name) => isHeld(modes.get(name)))
  const scaled = base.others.flatMap(readTarget)
  const others = (base.beside ?? []).filter(isDeployment).flatMap((one) => {
    const name = held(one.spec.template.spec)
    return name === undefined ? [] : judgeOther(one, name, scaled.includes(one.metadata.name))
  })
  const name = held(base.deployment.spec.template.spec)
  return [...(name === undefined ? [] : judgeServing(base, release, name)), ...others]
}

export function listClaimNames({ volumes = [] }: V1PodSpec): string[] {
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
}

/** One of which nothing is known is the operator's, who gave it. */
export function isHeld(modes: readonly string[] | undefined): boolean {
  return modes !== undefined && !modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
}

function judgeOther({ metadata, spec }: ManifestOf<'Deployment'>, claim: string, isScaled: boolean): string[] {
  const at = `Deployment ${metadata.name}`
  return [
    ...((spec.replicas ?? 1) > 1 || isScaled ? [`${at}: ${alone(claim)}: take \`replicas: 1\` and no autoscaler`] : []),
    ...(spec.strategy?.type === 'Recreate' ? [] : [`${at}: ${stopped(claim)}: take \`strategy: {type: Recreate}\``]),
  ]
}

function judgeServing({ others }: BaseManifests, release: KubernetesRelease, claim: string): string[] {
  const { replicas, autoscale, strategy } = release.settings
  const isScaled = autoscale !== undefined || others.flatMap(readTarget).includes(nameObjects(release).main)
  const at = 'the Deployment that serves'
  return [
    ...(replicas > 1 || isScaled
      ? [`${at}: ${alone(claim)}: take \`replicas: 1\` in the spec, and no autoscaler`]
      : []),
    ...(strategy.type === 'recreate' ? [] : [`${at}: ${stopped(claim)}: take \`strategy: recreate\` in the spec`]),
  ]
}

function alone(claim: string): string {
  return `the claim ${claim} is of one node, so one replica alone has it`
}

function stopped(claim: string): string {
  return `the claim ${claim} is of one node, so what runs is stopped before the next is started`
}

function isDeployment(object: Manifest): object is ManifestOf<'Deployment'> {
  return object.kind === 'Deployment'
}

function readTarget(object: Manifest): string[] {
  const target =
    object.kind === 'HorizontalPodAutoscaler' && isFields(object.spec) ? object.spec.scaleTargetRef : undefined
  return isFields(target) && typeof target.name === 'string' ? [target.name] : []
}
