import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@stevedore/config'
import { type Component, findProgram, lacks } from '@stevedore/testkit/component'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { renderFiles, renderRule } from '../../scripts/render-k8s/render-files.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const kubectlComponent: Component = {
  name: 'kubectl',
  found: findProgram('kubectl') !== undefined,
  bring: 'https://kubernetes.io/docs/tasks/tools/#kubectl',
}

interface Container {
  name: string
  resources: object
  env?: { name: string; value?: string }[]
}

interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
  // biome-ignore lint/suspicious/noExplicitAny: of many kinds
  spec: any
}

function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS())
}

const built = new Map<string, KubernetesObject[]>()

function build(folder: string): KubernetesObject[] {
  const objects = built.get(folder) ?? runKustomize(folder)
  built.set(folder, objects)
  return objects
}

function runKustomize(folder: string): KubernetesObject[] {
  const { stdout, stderr } = spawnSync('kubectl', ['kustomize', join(root, 'k8s', folder)], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return readObjects(stdout)
}

const readTemplate = (spec: KubernetesObject['spec']) => (spec?.jobTemplate?.spec ?? spec)?.template
const listContainers = (objects: KubernetesObject[]): Container[] =>
  objects.flatMap(({ spec }) => readTemplate(spec)?.spec.containers ?? [])
const list = (objects: KubernetesObject[], kind: string) => objects.filter((object) => object.kind === kind)
const versions = (objects: KubernetesObject[], kind: string) => [
  ...new Set(list(objects, kind).map(({ apiVersion }) => apiVersion)),
]

test('the rules of the Prometheus Operator are those of docker/alerts.yaml', () => {
  expect(read('k8s/components/monitoring/prometheus-rule.yaml')).toBe(renderRule())
  expect(parse(renderRule()).spec).toEqual(parse(read('docker/alerts.yaml')))
})

test('KEDA counts the jobs of the kinds that the workers of the base take, by as many as one has at a time', () => {
  const [, scaled] = readObjects(read('k8s/components/keda/scaled-object.yaml'))
  const { query, targetQueryValue } = scaled!.spec.triggers[0].metadata
  const [worker] = listContainers(readObjects(read('k8s/base/worker.yaml')))
  const kinds = worker?.env?.find(({ name }) => name === 'WORKER_KINDS')?.value?.split(',') ?? []
  expect(query).toContain(`kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`)
  expect(Number(targetQueryValue)).toBe(readConfig({}).workerConcurrency)
})

describe.skipIf(lacks(kubectlComponent))('what kustomize makes', () => {
  test('the plain files are what the base and its components make', () => {
    const rendered = [...renderFiles()]
    expect(rendered.length).toBe(3)
    for (const [path, text] of rendered) expect(read(path) === text, `${path}: run npm run k8s:render`).toBe(true)
  })

  test.each(globSync('{plain,first-token,overlays/*}', { cwd: join(root, 'k8s') }))(
    '%s has requests and limits for each container, and all of it in one namespace',
    (folder) => {
      const objects = build(folder)
      const app = { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '1000m', memory: '1Gi' } }
      const redis = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } }
      for (const { name, resources } of listContainers(objects))
        expect(resources, name).toEqual(name === 'redis' ? redis : app)
      expect(objects.filter(({ metadata }) => metadata.namespace !== 'stevedore')).toEqual([])
    },
  )

  test('each overlay for 1.20 is the other in what that version serves', () => {
    for (const name of ['staging', 'production']) {
      const [newer, older] = [build(`overlays/${name}`), build(`overlays/${name}-1.20`)]
      expect(versions(newer, 'PodDisruptionBudget')).toEqual(['policy/v1'])
      expect(versions(older, 'PodDisruptionBudget')).toEqual(['policy/v1beta1'])
      expect(versions(older, 'CronJob')).toEqual(versions(newer, 'CronJob').map(() => 'batch/v1beta1'))
      const withoutVersion = (objects: KubernetesObject[]) => objects.map((object) => ({ ...object, apiVersion: '' }))
      expect(withoutVersion(older)).toEqual(withoutVersion(newer))
    }
  })

  test('production has three to ten of each by 70 % of their processors, and none of its files says another number', () => {
    const objects = build('overlays/production')
    const scaled = list(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec)
    expect(scaled.map(({ scaleTargetRef }) => scaleTargetRef.name)).toEqual(['stevedore-api', 'stevedore-worker'])
    for (const spec of scaled)
      expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 10, targetCPUUtilizationPercentage: 70 })
    for (const { spec } of list(objects, 'Deployment')) expect(spec).not.toHaveProperty('replicas')
  })

  test.each(['plain', 'overlays/staging', 'overlays/production'])(
    'in %s whatever no policy names is closed, and policies name each pod',
    (folder) => {
      const objects = build(folder)
      const policies = list(objects, 'NetworkPolicy').map(({ spec }) => spec)
      expect(policies).toContainEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
      const named = JSON.stringify(policies.map(({ podSelector }) => podSelector))
      const parts = objects.flatMap(
        ({ spec }) => readTemplate(spec)?.metadata.labels['app.kubernetes.io/component'] ?? [],
      )
      expect(parts.length).toBeGreaterThan(2)
      expect(parts.filter((part) => !named.includes(`"${part}"`))).toEqual([])
    },
  )
})
