import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configVariables, readConfig } from '@stevedore/config'
import { metricCatalogue } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const known = new Set<string>(configVariables.flatMap(({ name }) => [name, `${name}_FILE`]))

interface Compose {
  services: Record<string, { image: string; environment?: Record<string, string>; stop_grace_period?: string }>
}

test('compose and Kubernetes set only variables that Stevedore reads', () => {
  const { services } = parse(read('docker/compose.yaml'), { merge: true }) as Compose
  const own = Object.values(services).filter(({ image }) => image === 'stevedore:local')
  const config = parse(read('k8s/base/config.yaml')) as { data: Record<string, string> }
  const containers = ['k8s/base/worker.yaml', 'k8s/first-token/job.yaml'].flatMap((path) => readContainers(path))
  const names = [
    ...own.flatMap(({ environment = {} }) => Object.keys(environment)),
    ...Object.keys(config.data),
    ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
  ]
  expect(own).toHaveLength(3)
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
  for (const path of globSync('k8s/{base,first-token,overlays/*}/*.yaml', { cwd: root }))
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
  const found = [...asked].map(([, name = '']) => name).filter((name) => /_(seconds|total|depth|held)$/.test(name))
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
  return parseAllDocuments(read(path)).flatMap((document) => document.toJS()?.spec?.template?.spec?.containers ?? [])
}
