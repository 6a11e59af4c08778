import type { Kind } from '../../client/kinds.ts'
import { isFields } from '../fields.ts'
import { nameObjects } from '../names.ts'
import type { KubernetesPlace } from '../place.ts'
import type { PodFacts } from '../pod-facts.ts'
import { isEnvSecret } from '../secret.ts'
import { type Facts, grantHint, isGranted, quote, type Rule, rule, showForeign } from './rule.ts'

/** Whether a name is the app's: its own, the Deployment's, or one of these and something after a dash. */
export function isNamedForApp({ app, settings }: Pick<KubernetesPlace, 'app' | 'settings'>, name: string): boolean {
  return [app, nameObjects({ app, settings }).main].some((own) => name === own || name.startsWith(`${own}-`))
}

/** A rule of names, which says how an operator may give one that is not the app's. */
function namedRule(
  says: string,
  isAllowed: (name: string, facts: Facts) => boolean,
  kind: string,
  instead: string,
): Rule {
  const grantOf = (name: string, { release }: Facts) => `${kind}:${release.settings.namespace}/${name}`
  return {
    says: `${says}, or one given by \`${kind}:NAMESPACE/NAME\``,
    judge(value, at, facts) {
      const name = typeof value === 'string' ? value : undefined
      if (name !== undefined && (isAllowed(name, facts) || isGranted(facts, grantOf(name, facts)))) return []
      const hint = name === undefined ? '' : `, ${grantHint(grantOf(name, facts))}`
      return [`${at} may be ${says}, not ${showForeign(value)}: ${instead}${hint}`]
    },
  }
}

/** What Stevedore wrote for this environment and no other: Secret objects are not read, so their names are all that tells. */
export const ownSecret = namedRule(
  'a Secret that Stevedore wrote for the environment',
  (name, { release }) => isEnvSecret(release, name),
  'secret',
  'store it by `stevedore secret put` and name it under `secrets` in the spec',
)

export const ownPullSecret = namedRule(
  'the Secret of `image.credential`',
  (name, { release }) => name === nameObjects(release).pullSecret,
  'secret',
  'name `image.credential` in the spec',
)

/** Written by cert-manager or by hand, and read by the Ingress controller alone. */
export const ownCertificate = namedRule(
  'a Secret of the app’s name (`APP-…`), or `ingress.tls`',
  (name, { release }) => name === release.settings.ingress?.tls || isCertificateName(release, name),
  'secret',
  'give it a name that begins with the app’s',
)

function isCertificateName(release: Facts['release'], name: string): boolean {
  return isNamedForApp(release, name) && !/-env-[0-9a-f]{16}$|-pull$/.test(name)
}

export const ownClaim = namedRule(
  'a PersistentVolumeClaim of the manifests or of the environment',
  (name, facts) => facts.isOwn('PersistentVolumeClaim', name),
  'claim',
  'bring it with the manifests, or use `ephemeral` or `emptyDir`',
)

function ownObject(kind: Kind, says: string, instead: string): Rule {
  return rule(says, (value, facts) => typeof value === 'string' && facts.isOwn(kind, value), instead)
}

const takeOver = (kind: string) =>
  `bring it with the manifests, or label it \`app.kubernetes.io/managed-by=stevedore\`, \`stevedore.io/app=APP\` and \`stevedore.io/environment=ENVIRONMENT\` to give this ${kind} to the environment`

/** What each namespace is given by the cluster, and is no secret. */
const clusterAuthority = 'kube-root-ca.crt'

export const ownConfigMap = rule(
  'a ConfigMap of the manifests or of the environment',
  (value, facts) => value === clusterAuthority || (typeof value === 'string' && facts.isOwn('ConfigMap', value)),
  takeOver('ConfigMap'),
)
export const ownAccount = namedRule(
  '`default`, or a ServiceAccount of the manifests or of the environment',
  (name, facts) => name === 'default' || facts.isOwn('ServiceAccount', name),
  'account',
  takeOver('ServiceAccount'),
)
export const ownService = ownObject('Service', 'a Service of the manifests or of the environment', takeOver('Service'))

export const ownDeployment = rule(
  'the environment’s Deployment, or another of the manifests',
  (value, { release, pods }) =>
    value === nameObjects(release).main ||
    pods.some(({ kind, name, serves }) => kind === 'Deployment' && !serves && name === value),
  'give the name that the environment’s Deployment gets, the app’s or `deployment` of the spec, or that of another one',
)

export const appName = rule(
  'a name that is the app’s (`APP` or `APP-…`)',
  (value, { release }) => typeof value === 'string' && isNamedForApp(release, value),
)

/** An account’s token is an identity: the one that all pods of the namespace share is not the app’s. */
export function isOwnAccount(account: string | undefined): boolean {
  return account !== undefined && account !== 'default'
}

const ownPods = 'the labels of the manifests’ own pods'

/** Of the pods of the manifests that come nearest, what a selector of theirs has at fault: nothing where it chooses some. */
function judgeNearest({ pods }: Pick<Facts, 'pods'>, judge: (labels: PodFacts['labels']) => string[]): string[] {
  const [none, ...all] = [judge({}), ...pods.map(({ labels }) => judge(labels))]
  return all.length === 0 ? (none ?? []) : all.reduce((least, one) => (one.length < least.length ? one : least))
}

/** As of a Service: pods by labels alone. */
export const ownLabels: Rule = {
  says: ownPods,
  judge: (value, at, facts) => judgeNearest(facts, (labels) => judgeLabels(value, at, labels, true)),
}

const ofTemplate = 'labels of its template'

/** As of a Deployment: those of its own pods. */
export const templateLabels: Rule = {
  says: ofTemplate,
  judge: (value, at, { own }) => judgeLabels(value, at, own?.labels ?? {}, true, ofTemplate),
}

/** As of a PodDisruptionBudget: pods by labels and expressions. */
export const ownSelector: Rule = {
  says: `\`matchLabels\`, \`matchExpressions\` that ${ownPods} meet, at least one by value`,
  judge(value, at, facts) {
    if (!isFields(value)) return [`${at} has to be an object, not ${showForeign(value)}`]
    const { matchLabels = {}, matchExpressions, ...unknown } = value
    const expressions = Array.isArray(matchExpressions)
      ? matchExpressions
      : matchExpressions == null
        ? []
        : [matchExpressions]
    const named = isFields(matchLabels) && Object.keys(matchLabels).length > 0
    const chosen = named || expressions.some((one) => isFields(one) && one.operator === 'In')
    return [
      ...Object.keys(unknown).map((key) => `${at}[${quote(key)}] is not a field that manifests may have: leave it out`),
      ...(chosen ? [] : [`${at} has to choose by the value of a label: name ${ownPods}`]),
      ...judgeNearest(facts, (labels) => [
        ...judgeLabels(matchLabels, `${at}.matchLabels`, labels, false),
        ...expressions.flatMap((one, index) => judgeExpression(one, `${at}.matchExpressions[${index}]`, labels)),
      ]),
    ]
  },
}

function judgeLabels(
  value: unknown,
  at: string,
  podLabels: PodFacts['labels'],
  required: boolean,
  says = ownPods,
): string[] {
  if (!isFields(value)) return [`${at} has to be an object, not ${showForeign(value)}`]
  const entries = Object.entries(value)
  if (required && entries.length === 0) return [`${at} chooses nothing: name ${says}`]
  return entries
    .filter(([key, wanted]) => !Object.hasOwn(podLabels, key) || podLabels[key] !== wanted)
    .map(([key, wanted]) => {
      const found = Object.hasOwn(podLabels, key) ? `: on these pods it is ${podLabels[key]}` : ''
      return `${at}[${quote(key)}] may be ${says}, not ${showForeign(wanted)}${found}`
    })
}

function judgeExpression(value: unknown, at: string, podLabels: PodFacts['labels']): string[] {
  if (!isFields(value)) return [`${at} has to be an object, not ${showForeign(value)}`]
  const { key, operator, values = [], ...unknown } = value
  const label = typeof key === 'string' && Object.hasOwn(podLabels, key) ? podLabels[key] : undefined
  const listed = Array.isArray(values) && values.every((one) => typeof one === 'string') ? values : undefined
  const met: Record<string, boolean> = {
    In: label !== undefined && listed?.length === 1 && listed[0] === label,
    NotIn: listed !== undefined && (label === undefined || !listed.includes(label)),
    Exists: label !== undefined,
    DoesNotExist: label === undefined,
  }
  const isMet = Object.keys(unknown).length === 0 && typeof operator === 'string' && Object.hasOwn(met, operator)
  return isMet && met[operator] ? [] : [`${at} may be what ${ownPods} meet alone: choose by these`]
}
