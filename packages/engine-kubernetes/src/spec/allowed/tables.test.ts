import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleManifests, judgeExample, withField } from '../example-manifests.ts'
import { exampleRelease } from '../example-release.ts'
import { isFields } from '../fields.ts'
import type { SourceObject } from '../policy.ts'
import type { Facts, Rule, Table } from './rule.ts'
import { kindTables } from './tables.ts'

function listTables(tables: readonly Table[], found = new Map<string, Table>()): Map<string, Table> {
  for (const table of tables) {
    if (found.has(table.title)) continue
    found.set(table.title, table)
    listTables(
      Object.values(table.rows).flatMap((row) => row.table ?? []),
      found,
    )
  }
  return found
}

const tables = [...listTables(kindTables).values()]
const lines = tables.flatMap(({ title, rows }) =>
  Object.entries(rows).map(([field, row]) => [title, field, row] as [string, string, Rule]),
)

const release = exampleRelease()
const facts: Facts = { release, granted: [], pods: [], isOwn: () => false }

test.each(lines)('%s: %s refuses what it does not say, and names itself', (_title, field, row) => {
  const refused = [{ unknown: { field: [true] } }, [[1.5]], 1.5].map((value) => row.judge(value, field, facts))
  const faults = refused.find((one) => one.length > 0) ?? []
  expect(faults[0]).toMatch(new RegExp(`^${field}`))
  expect(faults[0]).toMatch(/: .{8}| may be .{2}| has to be | is missing/)
})

const pod = ['spec', 'template', 'spec'] as const
const web = [...pod, 'containers', 0] as const
const template = ['spec', 'template', 'metadata'] as const
const profiles = { seccompProfile: { type: 'RuntimeDefault' }, appArmorProfile: { type: 'RuntimeDefault' } }
const target = { type: 'Utilization', averageUtilization: 50 }
const item = { path: 'a', mode: 256, resourceFieldRef: { containerName: 'web', resource: 'limits.cpu' } }
const downwardAPI = { items: [item] }
const claimSpec = { volumeMode: 'Filesystem', resources: { limits: { storage: '1Gi' } } }
const envSecret = 'shop-env-0123456789abcdef'
const grants = ['claim:shops/files', 'priority:high', 'runtime:gvisor', 'node:pool=*', 'node-port:shops/30080']

/** What is allowed and seldom met. */
const seldom: [string, readonly (string | number)[], unknown][] = [
  ['Deployment', ['spec', 'paused'], false],
  [
    'Deployment',
    [...template, 'annotations'],
    { 'container.apparmor.security.beta.kubernetes.io/web': 'runtime/default' },
  ],
  ['Deployment', [...web, 'env', 0, 'valueFrom'], { secretKeyRef: { name: envSecret, key: 'A', optional: true } }],
  ['Deployment', [...web, 'env', 1, 'valueFrom'], { resourceFieldRef: item.resourceFieldRef }],
  ['Deployment', [...web, 'envFrom', 0], { configMapRef: { name: 'settings-5h2k', optional: true } }],
  ['Deployment', [...web, 'envFrom', 0], { secretRef: { name: envSecret, optional: false } }],
  ['Deployment', [...web, 'stdinOnce'], false],
  ['Deployment', [...web, 'terminationMessagePath'], '/tmp/end'],
  ['Deployment', [...web, 'resizePolicy'], [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]],
  ['Deployment', [...web, 'livenessProbe', 'terminationGracePeriodSeconds'], 5],
  [
    'Deployment',
    [...web, 'lifecycle'],
    { stopSignal: 'SIGUSR1', preStop: { httpGet: { path: '/drain', port: 8080 } } },
  ],
  [
    'Deployment',
    [...web, 'volumeMounts', 0],
    {
      name: 'tmp',
      mountPath: '/tmp',
      subPathExpr: '$(POD)',
      readOnly: true,
      recursiveReadOnly: 'Enabled',
      mountPropagation: 'None',
    },
  ],
  [
    'Deployment',
    [...web, 'securityContext'],
    {
      ...profiles,
      privileged: false,
      procMount: 'Default',
      runAsUser: 1000,
      runAsGroup: 0,
      capabilities: { add: ['NET_BIND_SERVICE'] },
    },
  ],
  [
    'Deployment',
    [...pod, 'securityContext'],
    {
      ...profiles,
      runAsNonRoot: true,
      fsGroupChangePolicy: 'OnRootMismatch',
      supplementalGroups: [5],
      supplementalGroupsPolicy: 'Strict',
    },
  ],
  ['Deployment', [...pod, 'serviceAccount'], 'shop'],
  ['Deployment', [...pod, 'imagePullSecrets'], [{ name: 'shop-pull' }]],
  ['Deployment', [...pod, 'priorityClassName'], 'high'],
  ['Deployment', [...pod, 'preemptionPolicy'], 'Never'],
  ['Deployment', [...pod, 'runtimeClassName'], 'gvisor'],
  ['Deployment', [...pod, 'shareProcessNamespace'], true],
  ['Deployment', [...pod, 'hostname'], 'a'],
  ['Deployment', [...pod, 'subdomain'], 'shop-headless'],
  ['Deployment', [...pod, 'setHostnameAsFQDN'], true],
  ['Deployment', [...pod, 'hostNetwork'], false],
  ['Deployment', [...pod, 'hostPID'], false],
  ['Deployment', [...pod, 'hostIPC'], false],
  ['Deployment', [...pod, 'hostUsers'], false],
  ['Deployment', [...pod, 'os'], { name: 'linux' }],
  ['Deployment', [...pod, 'dnsConfig'], { nameservers: ['10.0.0.1'], searches: ['a.test'] }],
  ['Deployment', [...pod, 'tolerations'], [{ key: 'pool', operator: 'Equal', value: 'shop', effect: 'NoSchedule' }]],
  [
    'Deployment',
    [...pod, 'affinity', 'podAffinity'],
    {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          matchLabelKeys: ['tier'],
          labelSelector: { matchLabels: { app: 'shop' } },
        },
      ],
    },
  ],
  [
    'Deployment',
    [...pod, 'affinity', 'nodeAffinity'],
    {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: 'pool', operator: 'Exists' }] } },
      ],
    },
  ],
  [
    'Deployment',
    [...pod, 'topologySpreadConstraints', 0],
    {
      maxSkew: 1,
      minDomains: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'shop' } },
      matchLabelKeys: ['tier'],
      nodeAffinityPolicy: 'Honor',
      nodeTaintsPolicy: 'Ignore',
    },
  ],
  [
    'Deployment',
    [...pod, 'volumes', 0],
    { name: 'tmp', persistentVolumeClaim: { claimName: 'files', readOnly: true } },
  ],
  [
    'Deployment',
    [...pod, 'volumes', 0],
    {
      name: 'tmp',
      secret: { secretName: envSecret, items: [{ key: 'a', path: 'a' }], defaultMode: 256, optional: true },
    },
  ],
  [
    'Deployment',
    [...pod, 'volumes', 2],
    { name: 'settings', configMap: { name: 'settings-5h2k', defaultMode: 292, optional: true } },
  ],
  ['Deployment', [...pod, 'volumes', 3], { name: 'info', downwardAPI: { ...downwardAPI, defaultMode: 292 } }],
  [
    'Deployment',
    [...pod, 'volumes', 4],
    {
      name: 'all',
      projected: {
        sources: [
          { downwardAPI },
          { configMap: { name: 'settings-5h2k', items: [], optional: true } },
          { secret: { name: envSecret, items: [], optional: true } },
        ],
      },
    },
  ],
  [
    'Deployment',
    [...pod, 'volumes', 5],
    {
      name: 'scratch',
      ephemeral: { volumeClaimTemplate: { metadata: { annotations: { team: 'shop' } }, spec: claimSpec } },
    },
  ],
  ['Service', ['spec', 'ports', 0], { port: 80, nodePort: 30080 }],
  ['Service', ['spec', 'ipFamilies'], ['IPv4']],
  ['Service', ['spec', 'ipFamilyPolicy'], 'SingleStack'],
  ['Service', ['spec', 'internalTrafficPolicy'], 'Local'],
  ['Service', ['spec', 'trafficDistribution'], 'PreferClose'],
  ['Service', ['spec', 'allocateLoadBalancerNodePorts'], false],
  ['Service', ['spec', 'loadBalancerSourceRanges'], ['192.0.2.0/24']],
  ['Service', ['spec', 'externalTrafficPolicy'], 'Cluster'],
  ['Service', ['spec', 'publishNotReadyAddresses'], true],
  ['Service', ['spec', 'clusterIP'], 'None'],
  ['Service', ['metadata', 'namespace'], 'shops'],
  ['Ingress', ['metadata', 'namespace'], 'shops'],
  ['Ingress', ['metadata', 'labels'], { app: 'shop' }],
  ['Ingress', ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'port'], { number: 80 }],
  ['ConfigMap', ['binaryData'], { a: 'AA==' }],
  ['ConfigMap', ['immutable'], true],
  ['ServiceAccount', ['metadata'], { name: 'shop', namespace: 'shops', annotations: { team: 'shop' } }],
  ['PodDisruptionBudget', ['spec', 'maxUnavailable'], '50%'],
  ['HorizontalPodAutoscaler', ['spec', 'targetCPUUtilizationPercentage'], 70],
  [
    'HorizontalPodAutoscaler',
    ['spec', 'metrics', 0],
    { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'web', target } },
  ],
  [
    'HorizontalPodAutoscaler',
    ['spec', 'metrics', 0],
    { type: 'Pods', pods: { metric: { name: 'a' }, target: { type: 'Value', value: 1 } } },
  ],
  ['HorizontalPodAutoscaler', ['spec', 'behavior'], { scaleUp: { selectPolicy: 'Max', tolerance: '0.1' } }],
  [
    'NetworkPolicy',
    ['spec', 'ingress'],
    [
      {
        ports: [{ port: 1, endPort: 9 }],
        from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
      },
    ],
  ],
  ['NetworkPolicy', ['spec', 'egress'], [{ to: [{ namespaceSelector: {} }] }]],
]

test.each(seldom)('%s with %j: %j passes', (kind, path, value) => {
  expect(judgeExample(withField(kind, path, value), {}, grants)).toEqual([])
})

/** The lines of a table, and of those in it, that a value meets. */
function listMet(table: Table, value: unknown): string[] {
  return [value].flat().flatMap((one) =>
    Object.entries(isFields(one) ? one : {}).flatMap(([field, inner]) => {
      const row = table.rows[field]
      return row ? [`${table.title}: ${field}`, ...(row.table ? listMet(row.table, inner) : [])] : []
    }),
  )
}

test('an example shows that each line lets through what it says', () => {
  const examples: SourceObject[] = [...exampleManifests, ...seldom.flatMap(([...one]) => withField(...one))]
  const met = new Set(
    examples.flatMap((object) =>
      kindTables.filter(({ title }) => title === object.kind).flatMap((table) => listMet(table, object)),
    ),
  )
  const letting = lines.filter(([, , { says }]) => !says.startsWith('never: '))
  expect(letting.map(([title, field]) => `${title}: ${field}`).filter((line) => !met.has(line))).toEqual([])
})

test('no two tables have one title', () => {
  const all: Table[] = []
  const collect = (table: Table) => {
    if (all.includes(table)) return
    all.push(table)
    for (const row of Object.values(table.rows)) if (row.table) collect(row.table)
  }
  for (const table of kindTables) collect(table)
  expect(all.map(({ title }) => title).sort()).toEqual(tables.map(({ title }) => title).sort())
})

function writeTable({ title, rows }: Table): string {
  const shown = Object.entries(rows).map(([field, { says }]) => `| \`${field}\` | ${says} |`)
  return [`### ${title}`, '| field | what it may be |', '|---|---|', ...shown].join('\n')
}

test('the guide holds the table line by line', () => {
  const guide = readFileSync(new URL('../../../../../docs/guide/manifests.md', import.meta.url), 'utf8')
  const [, found = ''] = guide.split('## The table\n\n')
  expect(found.trim()).toBe(tables.map(writeTable).join('\n\n'))
})
