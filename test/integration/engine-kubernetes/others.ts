import type { Stage } from './stage.ts'

/** A K8sDeployment and a Service as others would have made them. */
export interface OthersApp {
  name: string
  image: string
  replicas?: number
  container?: object
  pod?: object
}

export function describeOthers({ name, image, replicas = 2, container = {}, pod = {} }: OthersApp): string {
  const labels = { app: name }
  const main = {
    name: 'web',
    image,
    env: [
      { name: 'REVISION', value: '0' },
      { name: 'KEPT', value: 'yes' },
    ],
    ports: [{ containerPort: 8080, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
    // Longer than a busy node's proxy has been seen to stay behind: what it still sends to a leaving pod is answered.
    lifecycle: { preStop: { exec: { command: ['sleep', '15'] } } },
    ...container,
  }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: { metadata: { labels }, spec: { containers: [main], ...pod } },
    },
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
  }
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] })
}

export async function makeOthers(stage: Stage, app: OthersApp, manager = 'others'): Promise<void> {
  await stage.kubectl(['apply', '--server-side', '--field-manager', manager, '-f', '-'], describeOthers(app))
  await stage.kubectl(['rollout', 'status', `deployment/${app.name}`, '--timeout=60s'])
}
