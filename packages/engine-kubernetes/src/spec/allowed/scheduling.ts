import { isFields } from '../fields.ts'
import { ownSelector } from './own.ts'
import {
  type Facts,
  fields,
  grantHint,
  isGranted,
  list,
  map,
  never,
  number,
  only,
  quote,
  type Rule,
  rule,
  showForeign,
  type Table,
  text,
  texts,
} from './rule.ts'

/** What nodes are, rather than whose. */
const plainNodeKeys = [
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]
const plainTopologyKeys = ['kubernetes.io/hostname', ...plainNodeKeys]

const nodeSays = `${plainNodeKeys
  .slice(0, 4)
  .map((key) => `\`${key}\``)
  .join(', ')}; others by \`node:KEY=VALUE\``

function refuseNode(key: string, values: readonly string[], facts: Facts): string | undefined {
  const lacking = plainNodeKeys.includes(key)
    ? undefined
    : values.map((value) => `node:${key}=${value}`).find((grant) => !isGranted(facts, grant))
  return lacking && `which nodes an app gets is the operator’s: leave it out, ${grantHint(lacking)}`
}

export const nodeSelector = map(nodeSays, (key, value, facts) =>
  typeof value === 'string' ? refuseNode(key, [value], facts) : `may be a text, not ${showForeign(value)}`,
)

/** Also one that excludes: whatever else there is would be chosen. */
const nodeExpression: Rule = {
  says: nodeSays,
  judge(value, at, facts) {
    if (!isFields(value) || typeof value.key !== 'string') return [`${at} has to name a key`]
    const { key, operator, values, ...unknown } = value
    const listed = Array.isArray(values) ? values.filter((one) => typeof one === 'string') : []
    const isIn = operator === 'In' && listed.length > 0
    const why = refuseNode(key, isIn ? listed : ['*'], facts)
    return [
      ...Object.keys(unknown).map(
        (name) => `${at}[${quote(name)}] is not a field that manifests may have: leave it out`,
      ),
      ...(why ? [`${at}: ${quote(key)}: ${why}`] : []),
    ]
  },
}

const nodeTermTable: Table = {
  title: 'Choice of nodes',
  rows: { matchExpressions: list(nodeExpression), matchFields: never('nodes are not chosen by name') },
}
const nodeTerm = fields(nodeTermTable)
const weight = number(1, 100)

const topologyKey = rule(
  '`kubernetes.io/hostname`, a zone or a region; others by `node:KEY=*`',
  (value, facts) =>
    typeof value === 'string' && (plainTopologyKeys.includes(value) || isGranted(facts, `node:${value}=*`)),
)

const podTermTable: Table = {
  title: 'Pods to be near to or far from',
  rows: {
    labelSelector: ownSelector,
    topologyKey,
    matchLabelKeys: texts,
    namespaces: never('only the environment’s own pods are chosen'),
    namespaceSelector: never('only the environment’s own pods are chosen'),
  },
}
const podTerm = fields(podTermTable, { required: ['labelSelector', 'topologyKey'] })
const podAffinityTable: Table = {
  title: 'Affinity to pods',
  rows: {
    requiredDuringSchedulingIgnoredDuringExecution: list(podTerm),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      fields(
        { title: 'Preferred pods', rows: { weight, podAffinityTerm: podTerm } },
        { required: ['podAffinityTerm'] },
      ),
    ),
  },
}

const affinityTable: Table = {
  title: 'Affinity',
  rows: {
    nodeAffinity: fields({
      title: 'Affinity to nodes',
      rows: {
        requiredDuringSchedulingIgnoredDuringExecution: fields({
          title: 'Required nodes',
          rows: { nodeSelectorTerms: list(nodeTerm) },
        }),
        preferredDuringSchedulingIgnoredDuringExecution: list(
          fields({ title: 'Preferred nodes', rows: { weight, preference: nodeTerm } }),
        ),
      },
    }),
    podAffinity: fields(podAffinityTable),
    podAntiAffinity: fields(podAffinityTable),
  },
}
export const affinity = fields(affinityTable)

const spreadTable: Table = {
  title: 'Spread over nodes',
  rows: {
    maxSkew: number(1, 1_000),
    minDomains: number(1, 1_000),
    topologyKey,
    whenUnsatisfiable: only('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: ownSelector,
    matchLabelKeys: texts,
    nodeAffinityPolicy: only('Honor', 'Ignore'),
    nodeTaintsPolicy: only('Honor', 'Ignore'),
  },
}
export const spread = list(fields(spreadTable, { required: ['labelSelector'] }))

/** A node that is away: every pod waits a while for it, and may say how long. */
const waitedFor = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
const tolerationTable: Table = {
  title: 'Toleration',
  rows: {
    key: text,
    operator: only('Exists', 'Equal'),
    value: text,
    effect: only('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    tolerationSeconds: number(0, 2_147_483_647),
  },
}
const tolerationFields = fields(tolerationTable)

export const tolerations = list({
  table: tolerationTable,
  says: '`node.kubernetes.io/not-ready` and `unreachable` for a time; others by `node:KEY=VALUE`',
  judge(value, at, facts) {
    const faults = tolerationFields.judge(value, at, facts)
    if (faults.length > 0 || !isFields(value)) return faults
    const { key = '', operator = 'Equal', value: taint = '', effect, tolerationSeconds } = value
    if (waitedFor.includes(String(key)) && effect === 'NoExecute' && tolerationSeconds !== undefined) return []
    const grant = `node:${key}=${operator === 'Exists' ? '*' : taint}`
    if (key !== '' && isGranted(facts, grant)) return []
    const hint = key === '' ? 'name the taint' : grantHint(grant)
    return [`${at}: which nodes an app gets is the operator’s: leave it out, ${hint}`]
  },
})
