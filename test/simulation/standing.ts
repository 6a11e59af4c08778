import { appSpec } from '@stevedore/contract'
import { type Ledger, putApp } from '@stevedore/ledger'
import { executeAttempt } from '../../apps/worker/src/attempt/execute.ts'
import { handlers } from '../../apps/worker/src/handlers/index.ts'
import type { Act } from '../chaos/act.ts'
import { createScriptedDeployEngine } from '../chaos/deploy-engine.ts'
import { by, enqueueDeploy } from '../chaos/jobs.ts'
import type { Deed } from '../chaos/script.ts'
import { describeWorker } from './worker.ts'
import { createImageEngine, openScriptOf } from './world.ts'

/** An environment that was deployed to before a seed begins, so that it can be rolled back, removed, or run something in. */
export interface Standing {
  app: string
  /** What made it, which a seed's world begins with. */
  deeds: Deed[]
  jobIds: string[]
}

const app = 'press'

/** A canary that waits, goes on, and waits for somebody to promote it. */
export const canarySteps: { setWeight?: number; pause?: string | object }[] = [
  { setWeight: 20 },
  { pause: '5s' },
  { setWeight: 60 },
  { pause: {} },
]

export const describeStanding = (settings: object = {}) =>
  appSpec.parse({
    app,
    source: { git: 'https://git.example.com/acme/press.git' },
    image: { registry: 'registry.example.com', name: `acme/${app}` },
    environments: {
      staging: {
        ...{ engine: 'docker', port: 8082, drain: '0s', replicas: 1 },
        strategy: { type: 'canary', steps: canarySteps },
        ...settings,
      },
    },
  })

/** Two revisions, each deployed by the product itself; the second serves. */
export async function makeStanding(own: Ledger): Promise<Standing> {
  const deeds: Deed[] = []
  await putApp(own, { spec: describeStanding(), by })
  const act: Act = async (point, _after, { jobId }, effect) => {
    deeds.push({ what: 'did', point, jobId, attempt: 1, pid: 0, askedAt: 0, ...(effect && { effect }) })
    return 1
  }
  const deploy = createScriptedDeployEngine(openScriptOf(deeds), act)
  const engines = { images: createImageEngine(act), deploy: { docker: deploy, kubernetes: deploy } }
  const worker = describeWorker({ name: 'standing', ledger: own, engines })
  const jobIds: string[] = []
  for (const version of ['1.0.0', '2.0.0']) {
    const { id } = await enqueueDeploy(own, app, version, 'rolling')
    await executeAttempt(worker, handlers, new Map(), { jobId: id, attempt: 1 })
    jobIds.push(id)
  }
  // Nobody is to send again what was done.
  await own.pool.query('delete from outbox')
  return { app, deeds, jobIds }
}
