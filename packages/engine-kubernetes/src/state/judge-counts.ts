import type { Scale } from '@stevedore/contract'
import type { ObjectOfKind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isHeld, listClaimNames } from '../spec/claim-faults.ts'
import { belongsTo } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { readNamedClaims } from './beside.ts'
import { explainAbsence, findBeside, readBrought } from './name-beside.ts'
import { readPlaceState } from './place-state.ts'
import { isServing } from './traffic.ts'
import type { Workload } from './workload.ts'

/** Why Deployments of manifests cannot have these counts; what the settings tell is judged elsewhere. */
export async function judgeCounts(reader: NamespaceReader, place: KubernetesPlace, counts: Scale): Promise<string[]> {
  if (place.settings.manifests === undefined) return []
  const [brought, state, autoscalers] = await Promise.all([
    readBrought(reader, place),
    readPlaceState(reader, place),
    reader.list('HorizontalPodAutoscaler', {}),
  ])
  if (state.adopted) return ['the Deployment that serves was made by others, who choose how many replicas it has']
  const web = isServing(state, 'main') || !state.next ? state.main : state.next
  const faults = Object.entries(counts).map(async ([name, count]) => {
    const workload = name === 'web' ? web : findBeside(brought, name)
    if (!workload) return name === 'web' ? [] : [explainAbsence(place, brought, name)]
    return judge(reader, place, { name, count, workload, autoscalers })
  })
  return (await Promise.all(faults)).flat()
}

interface Asked {
  name: string
  count: number
  workload: Workload
  autoscalers: readonly ObjectOfKind['HorizontalPodAutoscaler'][]
}

async function judge(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { name, count, workload, autoscalers }: Asked,
): Promise<string[]> {
  const { metadata } = workload.deployment
  const sizes = autoscalers.find(({ spec: { scaleTargetRef: one } }) => {
    return one.kind === 'Deployment' && one.name === metadata.name
  })
  if (sizes)
    return [`HorizontalPodAutoscaler ${sizes.metadata.name} chooses how many replicas ${name} has: change that one`]
  const claim = count > 1 ? await findHeldClaim(reader, place, workload) : undefined
  return claim === undefined ? [] : [`${name} has one replica at most: its claim ${claim} is of one node`]
}

/** Of those that are the environment's own: one that an operator gave is not looked at. */
async function findHeldClaim(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { deployment }: Workload,
): Promise<string | undefined> {
  const claims = await readNamedClaims(reader, listClaimNames(deployment.spec.template.spec))
  const held = claims.find((claim) => belongsTo(claim, place) && isHeld(claim.spec.accessModes))
  return held?.metadata.name
}
