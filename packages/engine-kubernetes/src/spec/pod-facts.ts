import type { V1LabelSelector } from '@kubernetes/client-node'
import { buildPodLabels } from './deployment.ts'
import { type Fields, isFields } from './fields.ts'
import { keys } from './labels.ts'
import { nameObjects } from './names.ts'
import { isClosedIn, policyLabels } from './network-policy.ts'
import type { KubernetesRelease, PlaceName } from './place.ts'

type Labels = Readonly<Record<string, string>>

/** What an object of manifests says of the pods that are made of it. */
export interface PodFacts {
  kind: 'Deployment' | 'CronJob'
  name: string
  /** It is the one that the route leads to. */
  serves: boolean
  /** As its pods will carry them. */
  labels: Labels
  /** As they are written: these alone are what a selector of the manifests can be meant for. */
  said: Labels
  /** The ServiceAccount that they ask for. */
  account: string | undefined
}

/** On the pods of all that one environment's manifests make, where they make pods of more than one kind. */
export function manifestLabels({ app, environment }: PlaceName): Record<string, string> {
  return { [keys.app]: app, [keys.manifests]: environment }
}

type Named = Pick<PodFacts, 'kind' | 'name'>

/** What tells the pods of one that does not serve, in all revisions: what selects the environment's own replicas does not select them. */
export function besideLabels({ app, environment }: PlaceName, { kind, name }: Named): Record<string, string> {
  const own: Record<string, string> =
    kind === 'Deployment' ? { [keys.processOf]: environment, [keys.process]: name } : { [keys.cron]: name }
  return { ...manifestLabels({ app, environment }), ...own }
}

/**
 * All that is set on them. They are the app's for policies of others where the manifests give them no name of their own; the spec's own
 * policy closes them in whatever they are called.
 */
export function buildBesideLabels(release: KubernetesRelease, named: Named, said: Labels = {}): Record<string, string> {
  const isUnnamed = said[keys.name] === undefined || isClosedIn(release.settings)
  return {
    [keys.managedBy]: 'stevedore',
    ...(isUnnamed ? { [keys.name]: release.app } : {}),
    ...besideLabels(release, named),
    ...policyLabels(release),
  }
}

/** What the objects say of their pods, which the rest of them is judged by. */
export function readPodFacts(objects: readonly unknown[], release: KubernetesRelease): PodFacts[] {
  const made = objects.filter(isFields).filter(({ kind }) => kind === 'Deployment' || kind === 'CronJob')
  const serving = findServing(made, release)
  return made.map((object) => {
    const { kind, name, said, account } = readPods(object)
    const serves = object === serving
    const own = serves ? ownLabels(release, made.length > 1) : buildBesideLabels(release, { kind, name }, said)
    return { kind, name, serves, labels: { ...said, ...own }, said, account }
  })
}

/** Less what tells the pods of one revision from those of the next. */
function ownLabels(release: KubernetesRelease, isOneOfSeveral: boolean): Record<string, string> {
  const { [keys.slot]: _, [keys.revision]: __, ...own } = buildPodLabels(release, 'main')
  return { ...own, ...(isOneOfSeveral ? manifestLabels(release) : {}) }
}

function readPods(object: Fields): Omit<PodFacts, 'serves' | 'labels'> {
  const kind = object.kind === 'CronJob' ? 'CronJob' : 'Deployment'
  const template =
    kind === 'CronJob' ? walk(object, 'spec', 'jobTemplate', 'spec', 'template') : walk(object, 'spec', 'template')
  const labels = Object.entries(walk(template, 'metadata', 'labels') ?? {})
  const pod = walk(template, 'spec')
  const account = [pod?.serviceAccountName, pod?.serviceAccount].find(isName)
  return {
    kind,
    name: nameOf(object),
    said: Object.fromEntries(labels.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    account,
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function nameOf(object: unknown): string {
  const name = walk(object, 'metadata')?.name
  return typeof name === 'string' ? name : ''
}

function walk(value: unknown, ...path: string[]): Fields | undefined {
  const found = path.reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), value)
  return isFields(found) ? found : undefined
}

/**
 * The Deployment that the route leads to: the only one; else the one whose pods the environment's Service selects, where the manifests bring
 * that; else the one of the environment's name. Undefined where neither tells.
 */
export function findServing<T>(objects: readonly T[], release: KubernetesRelease): T | undefined {
  const { main, service } = nameObjects(release)
  const deployments = objects.filter((object) => isFields(object) && object.kind === 'Deployment')
  if (deployments.length < 2) return deployments[0]
  const route = objects.find((object) => isFields(object) && object.kind === 'Service' && nameOf(object) === service)
  const selector = walk(route, 'spec', 'selector')
  const led = selector
    ? deployments.filter((one) => meets({ matchLabels: selector as Labels }, readPods(one as Fields).said))
    : []
  if (led.length === 1) return led[0]
  const named = deployments.filter((one) => nameOf(one) === main)
  return named.length === 1 ? named[0] : undefined
}

/** Whether a selector chooses pods with these labels. */
export function meets({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Labels): boolean {
  const named = Object.entries(matchLabels)
  if (named.length + matchExpressions.length === 0) return false
  return (
    named.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const label = Object.hasOwn(labels, key) ? labels[key] : undefined
      if (operator === 'In') return label !== undefined && values.includes(label)
      if (operator === 'NotIn') return label === undefined || !values.includes(label)
      return (operator === 'Exists') === (label !== undefined)
    })
  )
}
