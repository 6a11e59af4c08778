import { BlockList, isIP } from 'node:net'
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

/** Nodes get their credentials there. Policies add up, so that one of an app could open what the operator closed to all. */
const cloudMetadata = ['169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254']

function asNetwork(value: unknown): BlockList | undefined {
  const [start = '', prefix = ''] = String(value).split('/')
  const version = isIP(start)
  if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return undefined
  const network = new BlockList()
  network.addSubnet(start, Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
  return network
}

function holds(network: BlockList, address: string): boolean {
  return network.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

const network = rule(
  'a network such as 10.0.0.0/8',
  (value) => typeof value === 'string' && asNetwork(value) !== undefined,
)
const block = fields({ title: 'Network', rows: { cidr: network, except: list(network) } }, { required: ['cidr'] })

const outwardBlock: Rule = {
  ...block,
  says: `${block.says}, without the addresses of cloud metadata (${cloudMetadata.join(', ')})`,
  judge(value, at, facts) {
    const faults = block.judge(value, at, facts)
    if (faults.length > 0 || !isFields(value)) return faults
    const open = asNetwork(value.cidr)
    const excepted = [value.except ?? []].flat().map(asNetwork)
    const opened = cloudMetadata.filter(
      (one) => open && holds(open, one) && !excepted.some((network) => network && holds(network, one)),
    )
    return opened.length > 0
      ? [`${at} opens ${opened.join(', ')}, where nodes get their credentials: put networks of these under \`except\``]
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
