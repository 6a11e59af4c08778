import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configVariables } from '@stevedore/config'
import { metricCatalogue } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const known = new Set<string>(configVariables.flatMap(({ name }) => [name, `${name}_FILE`]))

interface Compose {
  services: Record<string, { image: string; environment?: Record<string, string> }>
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
  env?: { name: string }[]
  securityContext?: Record<string, unknown>
}

function readContainers(path: string): Container[] {
  return parseAllDocuments(read(path)).flatMap((document) => document.toJS()?.spec?.template?.spec?.containers ?? [])
}
