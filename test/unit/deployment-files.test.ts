import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configVariables, readConfig } from '@stevedore/config'
import { metricCatalogue } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
/** What is written by hand, not rendered from it. */
const manifests = globSync('k8s/{base,first-token,components/*}/*.yaml', { cwd: root })
const known = new Set<string>(['NODE_EXTRA_CA_CERTS', ...configVariables.flatMap(({ name }) => [name, `${name}_FILE`])])

test('Kubernetes sets only variables that Stevedore reads', () => {
  const config = parse(read('k8s/base/config.yaml')) as { data: Record<string, string> }
  const containers = [
    'k8s/base/api.yaml',
    'k8s/base/worker.yaml',
    'k8s/first-token/job.yaml',
    'k8s/components/backup/backup.yaml',
  ].flatMap((path) => readContainers(path))
  const names = [...Object.keys(config.data), ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name))]
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !known.has(name))).toEqual([])
})

test('probes ask the port that each part listens on, and stopping leaves it time', () => {
  const { data } = parse(read('k8s/base/config.yaml')) as { data: { PORT: string } }
  const graceSeconds = readConfig({}).graceMs / 1_000
  const [api] = readContainers('k8s/base/api.yaml')
  const [worker] = readContainers('k8s/base/worker.yaml')
  expect(api?.ports).toEqual([{ name: 'http', containerPort: Number(data.PORT) }])
  const workerPort = worker?.env?.find(({ name }) => name === 'WORKER_PORT')?.value
  expect(worker?.ports).toEqual([{ name: 'http', containerPort: Number(workerPort) }])
  expect(parse(read('k8s/base/worker.yaml')).spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(
    graceSeconds,
  )
})

test('containers on Kubernetes keep to the restricted pod security', () => {
  for (const path of manifests)
    for (const { name, securityContext } of readContainers(path))
      expect(securityContext, `${name} in ${path}`).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
})

test('alerts and dashboards ask for metrics that there are', () => {
  const names = new Set(metricCatalogue.map(({ name }) => name))
  const asked = [
    read('docker/alerts.yaml'),
    ...globSync('docker/grafana/dashboards/*.json', { cwd: root }).map(read),
    read('docs/guide/metrics.md'),
  ]
    .join('\n')
    .matchAll(/\b([a-z]+(?:_[a-z]+)+?)(?:_bucket)?(?=[{[)\s])/g)
  const found = [...asked]
    .map(([, name = '']) => name)
    .filter((name) =>
      /_(seconds|total|depth|held|reachable|takes|drifted|attention|broken|unguarded|healthy|desired|live|lost|waiting|limit|connections|ended)$/.test(
        name,
      ),
    )
  expect(found.length).toBeGreaterThan(10)
  expect(found.filter((name) => !names.has(name))).toEqual([])
})

interface Container {
  name: string
  env?: { name: string; value?: string }[]
  ports?: unknown
  securityContext?: Record<string, unknown>
}

function readContainers(path: string): Container[] {
  return parseAllDocuments(read(path)).flatMap((document) => {
    const { spec } = document.toJS() ?? {}
    return (spec?.jobTemplate?.spec ?? spec)?.template?.spec?.containers ?? []
  })
}

const mutable = ['fluent/fluentd:v1.18-1', 'stevedore', 'stevedore:development', 'stevedore:local']

test('images of others are named by digest; those that are not are listed here', () => {
  const files = ['docker/Dockerfile', ...globSync(['docker/compose*.yaml', 'k8s/**/*.yaml'], { cwd: root })]
  const images = files.flatMap((path) =>
    [...read(path).matchAll(/^(?:ARG \w+_IMAGE=| *image: )([\w./:@-]+)/gm)].map(([, name = '']) => name),
  )
  expect(images.length).toBeGreaterThan(8)
  expect(images.filter((name) => !/:[\w.-]+@sha256:[0-9a-f]{64}$/.test(name) && !mutable.includes(name))).toEqual([])
})

test('API and worker never hold the owner of the tables, and a first token is in no log', () => {
  for (const name of ['api', 'worker']) expect(read(`k8s/base/${name}.yaml`), name).not.toContain('stevedore-owner')
  // Both mount the whole of the other Secret.
  expect(read('k8s/components/postgres/postgres.yaml')).toContain('name: stevedore-owner, key: postgres-password')
  expect(read('k8s/first-token/job.yaml')).toContain('[migrate, --first-token-secret, stevedore-first-token]')
})

test('PostgreSQL and Redis are reached by Stevedore alone, and reach nothing', () => {
  for (const [name, port] of [
    ['postgres', 5432],
    ['redis', 6379],
  ]) {
    const { spec } = parse(read(`k8s/components/${name}/network-policy.yaml`))
    expect(spec, `${name}`).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [],
      ingress: [{ ports: [{ port }] }],
    })
  }
})

test('the key of the audit trail outlives the pods of the API, and the guide says how to make each key that is mounted', () => {
  const [api] = readContainers('k8s/base/api.yaml')
  const config = parse(read('k8s/base/config.yaml')) as { data: Record<string, string> }
  const values = [...(api?.env ?? []).map(({ value = '' }) => value), ...Object.values(config.data)]
  const keys = values.flatMap((value) => /^\/secrets\/(.+)$/.exec(value)?.[1] ?? [])
  expect(keys).toContain('audit-key')
  const guide = read('docs/guide/install.md')
  expect(keys.filter((key) => !guide.includes(`--from-file=${key}`))).toEqual([])
})
