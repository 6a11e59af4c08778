import { metadataNetworks, type Network, parseNetwork } from '@stevedore/contract'
import { isFields } from '../fields.ts'
import { describe } from './describe.ts'
import { ownSelector } from './own.ts'
import {
  fieldOf,
  fields,
  list,
  number,
  only,
  portOrName,
  protocol,
  type Rule,
  rule,
  showForeign,
  type Table,
} from './rule.ts'

/** Two networks have nothing in common, or one is within the other. */
function meet(one: Network, other: Network): boolean {
  return one.holds(other.start) || other.holds(one.start)
}

/** Nodes get their credentials there. Policies add up, so that one of an app could open what the operator closed to all. */
const cloudMetadata = metadataNetworks.flatMap((name) => {
  const network = parseNetwork(name)
  return network ? [{ name, network }] : []
})

function listOpened(open: Network, excepted: readonly Network[]): string[] {
  return cloudMetadata
    .filter(({ network }) => meet(open, network))
    .filter(({ network }) => !excepted.some((one) => one.holds(network.start) && one.prefix <= network.prefix))
    .map(({ name }) => name)
}

const network = rule(
  'a network such as 10.0.0.0/8',
  (value) => typeof value === 'string' && parseNetwork(value) !== undefined,
)
const block = fields({ title: 'Network', rows: { cidr: network, except: list(network) } }, { required: ['cidr'] })

const outwardBlock: Rule = {
  ...block,
  says: `${block.says}, without the networks of cloud metadata (${metadataNetworks.join(', ')})`,
  judge(value, at, facts) {
    const faults = block.judge(value, at, facts)
    if (faults.length > 0 || !isFields(value)) return faults
    const open = parseNetwork(value.cidr)
    const excepted = [value.except ?? []].flat().flatMap((one) => parseNetwork(one) ?? [])
    const opened = open ? listOpened(open, excepted) : []
    return opened.length > 0
      ? [
          `${at} opens ${opened.join(', ')}, where nodes get their credentials: put these under \`except\`, or choose another network`,
        ]
      : []
  },
}

/** Whom a policy lets in or out to: others as they are, by their labels. */
const others: Rule = {
  says: 'any `matchLabels`, `matchExpressions`',
  judge: (value, at) => (isFields(value) ? [] : [`${at} has to be an object, not ${showForeign(value)}`]),
}
const peers = (title: string, ipBlock: Rule) =>
  list(fields({ title, rows: { podSelector: others, namespaceSelector: others, ipBlock } }), { required: true })

const ports = list(
  fields({ title: 'Port of a NetworkPolicy', rows: { protocol, port: portOrName, endPort: number(1, 65_535) } }),
)
const outwardTable: Table = {
  title: 'Way out',
  rows: { ports, to: peers('Whom pods may ask', outwardBlock) },
}

/** Names are looked up at any address; all else goes to somebody. */
const outward: Rule = {
  table: outwardTable,
  says: `see ${outwardTable.title}; without \`to\` port 53 alone`,
  judge(value, at, facts) {
    const faults = fields(outwardTable).judge(value, at, facts)
    if (faults.length > 0 || !isFields(value) || value.to != null) return faults
    const asked = Array.isArray(value.ports) ? value.ports : []
    const isDns = asked.length > 0 && asked.every((one) => isFields(one) && one.port === 53 && one.endPort == null)
    return isDns ? [] : [`${fieldOf(at, 'to')} is missing: say whom the pods may ask`]
  },
}

export const networkPolicyTable = describe('NetworkPolicy', ['networking.k8s.io/v1'], {
  spec: fields(
    {
      title: 'Spec of a NetworkPolicy',
      rows: {
        podSelector: ownSelector,
        policyTypes: list(only('Ingress', 'Egress')),
        ingress: list(fields({ title: 'Way in', rows: { ports, from: peers('Who may ask pods', block) } })),
        egress: list(outward),
      },
    },
    { required: ['podSelector'] },
  ),
})
