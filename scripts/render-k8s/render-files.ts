import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'

const root = join(import.meta.dirname, '..', '..')

interface KubernetesObject {
  kind: string
}

/** What stands in the repository once more for those who take no kustomize: paths below its root, and what they hold. Needs kubectl. */
export function renderFiles(): Map<string, string> {
  const objects = buildPlain()
  const isConfig = ({ kind }: KubernetesObject) => kind === 'ConfigMap'
  return new Map([
    ['k8s/configmap.yaml', writeFile(plainHead, objects.filter(isConfig))],
    [
      'k8s/deployment.yaml',
      writeFile(
        plainHead,
        objects.filter((object) => !isConfig(object)),
      ),
    ],
    ['k8s/components/monitoring/prometheus-rule.yaml', renderRule()],
  ])
}

const plainHead =
  'Made of k8s/plain by `npm run k8s:render`: change it there. How to use it is in docs/guide/install.md.'

function buildPlain(): KubernetesObject[] {
  const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', join(root, 'k8s/plain')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`kubectl kustomize k8s/plain: ${stderr}`)
  return parseAllDocuments(stdout).map((document) => document.toJS())
}

/** The rules that Prometheus reads with compose, for the Prometheus Operator. */
export function renderRule(): string {
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'stevedore', labels: { 'app.kubernetes.io/name': 'stevedore' } },
    spec: parse(readFileSync(join(root, 'docker/alerts.yaml'), 'utf8')),
  }
  return writeFile('Made of docker/alerts.yaml by `npm run k8s:render`: change it there.', [rule])
}

function writeFile(head: string, objects: object[]): string {
  // kubectl reads YAML 1.1, to which `off` is no text.
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const
  return `# ${head}\n${objects.map((object) => stringify(object, options)).join('---\n')}`
}
