import { type Draft, leaveOut } from './draft.ts'
import type { ManifestObject } from './read-manifests.ts'

/** What manifests may hold; `docs/guide/manifests.md` has the fields of each. */
export const allowedKinds: ReadonlySet<string> = new Set(
  'Deployment CronJob PersistentVolumeClaim Service Ingress ConfigMap ServiceAccount NetworkPolicy PodDisruptionBudget HorizontalPodAutoscaler'.split(
    ' ',
  ),
)

/** Tells what a deploy would refuse of them, as far as kinds and names tell. */
export function tellRefused(draft: Draft, what: string, objects: readonly ManifestObject[], serving: ManifestObject) {
  const refused = objects.filter(({ kind }) => !allowedKinds.has(kind))
  if (refused.length > 0)
    leaveOut(
      draft,
      `${what}: ${listObjects(refused)}`,
      'is of a kind that manifests may not hold, so a deploy refuses them: keep it in files of its own, which other hands apply',
    )
  const misnamed = objects.filter(
    (one) => one.kind === 'Deployment' && one !== serving && /^web$|-(next|r\d+)$/.test(one.name),
  )
  if (misnamed.length > 0)
    leaveOut(
      draft,
      `${what}: ${listObjects(misnamed)}`,
      'has a name that is Stevedore’s own beside what serves: rename it',
    )
  const accounts = objects.filter(({ kind, name }) => kind === 'ServiceAccount' && !isOwnName(name, draft.app))
  if (accounts.length > 0)
    leaveOut(
      draft,
      `${what}: ${listObjects(accounts)}`,
      `is not called ${draft.app} or ${draft.app}-…, so a deploy refuses it: rename it, or the app`,
    )
}

function isOwnName(name: string, app: string): boolean {
  return name === app || name.startsWith(`${app}-`)
}

/** `Deployment a, CronJob b`, with how many more there are. */
export function listObjects(objects: readonly Pick<ManifestObject, 'kind' | 'name'>[]): string {
  const shown = objects.slice(0, 10).map(({ kind, name }) => `${kind} ${name}`)
  return [...shown, ...(objects.length > 10 ? [`${objects.length - 10} more`] : [])].join(', ')
}
