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

interface Compose {
  services: Record<string, { image: string; environment?: Record<string, string>; stop_grace_period?: string }>
}

test('compose and Kubernetes set only variables that Stevedore reads', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as Compose
  const own = Object.values(services).filter(({ image }) => image === 'stevedore:local')
  const config = parse(read('k8s/base/config.yaml')) as { data: Record<string, string> }
  const containers = [
    'k8s/base/api.yaml',
    'k8s/base/worker.yaml',
    'k8s/first-token/job.yaml',
    'k8s/components/backup/backup.yaml',
  ].flatMap((path) => readContainers(path))
  const names = [
    ...own.flatMap(({ environment = {} }) => Object.keys(environment)),
    ...Object.keys(config.data),
    ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
  ]
  expect(own).toHaveLength(4)
  expect(names.length).toBeGreaterThan(15)
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
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as Compose
  expect(Number.parseInt(services.worker?.stop_grace_period ?? '', 10)).toBeGreaterThan(graceSeconds)
})

test('what is read-only in compose can write where its home is', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as Compose
  for (const name of ['api', 'worker'])
    expect(services[name], name).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      volumes: expect.arrayContaining([expect.stringMatching(/:\/data$/)]),
    })
})

test('no password or key of compose has a default', () => {
  const secrets = [...read('docker/compose.yaml').matchAll(/\$\{([A-Z_]*(?:PASSWORD|KEY))(:.)/g)]
  const soft = secrets.filter(([, , operator]) => operator !== ':?').map(([, name]) => name)
  // Optional as its service is; the container refuses to start without it.
  expect(soft).toEqual(['GRAFANA_PASSWORD'])
  expect(secrets.length).toBeGreaterThan(4)
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

test('alerts and the dashboard ask for metrics that there are', () => {
  const names = new Set(metricCatalogue.map(({ name }) => name))
  const asked = [
    read('docker/alerts.yaml'),
    read('docker/grafana/dashboards/stevedore.json'),
    read('docs/guide/metrics.md'),
  ]
    .join('\n')
    .matchAll(/\b([a-z]+(?:_[a-z]+)+?)(?:_bucket)?(?=[{[)\s])/g)
  const found = [...asked]
    .map(([, name = '']) => name)
    .filter((name) =>
      /_(seconds|total|depth|held|reachable|takes|drifted|attention|broken|unguarded|healthy|desired)$/.test(name),
    )
  expect(found.length).toBeGreaterThan(10)
  expect(found.filter((name) => !names.has(name))).toEqual([])
})

test('Fluentd reads the output of what Stevedore runs, by the tag that compose gives it', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true })
  const conf = read('docker/fluentd/fluent.conf')
  const [, pattern = ''] = /key \$\.attrs\.tag\s+pattern \/(.+)\/\n/.exec(conf) ?? []
  for (const name of ['api', 'worker', 'migrate']) {
    const { driver, options } = services[name].logging
    expect(driver, name).toBe('json-file')
    expect(options.tag.replace('{{.Name}}', `stevedore-${name}-1`), name).toMatch(new RegExp(pattern))
  }
  const [, path = ''] = /path (\/docker\/containers)\/\*\/\*-json\.log/.exec(conf) ?? []
  expect(services.fluentd.volumes.filter((volume: string) => volume.endsWith(`:${path}:ro`))).toHaveLength(1)
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

const mutable = ['fluent/fluentd:v1.18-1', 'prom/alertmanager:v0.28.1', 'stevedore', 'stevedore:local']

test('images of others are named by digest; those that are not are listed here', () => {
  const files = ['docker/Dockerfile', 'docker/compose.yaml', ...globSync('k8s/**/*.yaml', { cwd: root })]
  const images = files.flatMap((path) =>
    [...read(path).matchAll(/^(?:FROM| *image:) ([\w./:@-]+)/gm)].map(([, name = '']) => name),
  )
  expect(images.length).toBeGreaterThan(8)
  expect(images.filter((name) => !/:[\w.-]+@sha256:[0-9a-f]{64}$/.test(name) && !mutable.includes(name))).toEqual([])
})

test('API and worker never hold the owner of the tables, and a first token is in no log', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as Compose
  for (const name of ['api', 'worker']) {
    expect(JSON.stringify(services[name]), name).not.toContain('POSTGRES_PASSWORD')
    expect(services[name]?.environment?.DATABASE_URL, name).toBe(services.migrate?.environment?.SERVICE_DATABASE_URL)
    expect(read(`k8s/base/${name}.yaml`), name).not.toContain('stevedore-owner')
  }
  // Both mount the whole of the other Secret.
  expect(read('k8s/components/postgres/postgres.yaml')).toContain('name: stevedore-owner, key: postgres-password')
  expect(read('k8s/first-token/job.yaml')).toContain('[migrate, --first-token-secret, stevedore-first-token]')
  expect(read('docker/compose.yaml')).toContain('--first-token-file')
})

test('PostgreSQL and Redis are reached by Stevedore alone, and reach nothing', () => {
  const compose = parse(read('docker/compose.yaml'), { merge: true })
  expect(compose.networks).toEqual({ ledger: { internal: true } })
  for (const name of ['postgres', 'redis']) expect(compose.services[name].networks, name).toEqual(['ledger'])
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
