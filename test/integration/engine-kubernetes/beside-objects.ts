import { describeOthers } from './others.ts'

type Item = { kind: string; metadata: { name: string }; spec: Record<string, never> } & Record<string, unknown>

/** Runs until it is told to end. */
export const script = 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'
export const oneNode = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } }

/** A Deployment of a name of its own with the Service that leads to it. */
export function describeServing(app: string): Item[] {
  const container = { image: 'shop:replaced', lifecycle: {} }
  const { items } = JSON.parse(describeOthers({ name: app, image: '', container })) as { items: Item[] }
  return items.map((item) => (item.kind === 'Deployment' ? { ...item, metadata: { name: `${app}-front` } } : item))
}

export function describeWorker(app: string, spec: object = {}, pod: object = {}, command = script) {
  const labels = { app: `${app}-worker` }
  const container = { name: 'worker', image: 'shop:other', command: ['sh', '-c', command] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${app}-worker` },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 3, containers: [container], ...pod },
      },
      ...spec,
    },
  }
}

export function describeCron(app: string) {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'report', image: 'shop:other', command: ['true'] }] }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: `${app}-report` },
    spec: { schedule: '0 3 1 1 *', jobTemplate: { spec: { backoffLimit: 0, template: { spec: pod } } } },
  }
}

export const describeClaim = (app: string, spec: object = oneNode) => {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: `${app}-files` }, spec }
}
export const mounting = (app: string) => ({
  volumes: [{ name: 'files', persistentVolumeClaim: { claimName: `${app}-files` } }],
})
