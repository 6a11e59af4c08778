import { recordObservation } from '@stevedore/ledger'
import type { TestApi } from './test-api.ts'

interface Seen {
  app: string
  environment: string
  revision: number
  next?: number
  healthy?: number
}

/** What a worker saw running. */
export function observe(api: TestApi, { app, environment, revision, next, healthy = 2 }: Seen): Promise<void> {
  const replica = (of: number, index: number, isHealthy: boolean) => ({
    ...{ name: `${app}-${environment}-${of}-${index}`, revision: of, healthy: isHealthy, host: 'docker' },
    ...{ state: isHealthy ? 'running' : 'exited', reason: isHealthy ? null : 'It ended with status 137.' },
  })
  const own = [replica(revision, 1, healthy > 0), replica(revision, 2, healthy > 1)]
  return recordObservation(api.ledger, {
    ...{ app, environment },
    observed: {
      replicas: next === undefined ? own : [...own, replica(next, 1, true)],
      traffic: next === undefined ? { [revision]: 100 } : { [revision]: 90, [next]: 10 },
      drift: app === 'blog' ? [{ field: 'env.LOG_LEVEL', wanted: 'info', found: 'debug' }] : [],
      address: environment === 'production' ? `https://${app}.example.com` : `http://${app}-staging.example.com`,
      desiredReplicas: 2,
    },
  })
}
