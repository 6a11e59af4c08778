import { setTimeout as pause } from 'node:timers/promises'
import { ask, type Caller, tell } from './ask.ts'

/** Of each app's one environment. */
export const REPLICAS = 2

export function describeApp(app: string, git: string, port: number) {
  return {
    app,
    source: { git },
    image: { registry: 'registry.example.com', name: `acme/${app}` },
    environments: { staging: { engine: 'docker', port, drain: '0s', replicas: REPLICAS } },
    retain: { revisions: 5, images: 5 },
  }
}

/**
 * Ships one app over and over, at one pace: a build that pushes, its deploy, at times two at once, a rollback, a cancel at any moment.
 * @param isOver whether to begin no more
 */
export async function ship(caller: Caller, app: string, isOver: () => boolean): Promise<void> {
  const { random } = caller
  const post = (what: string, body: object) => ask(caller, `${what} of ${app}`, '/v1/jobs', { app, ...body })
  for (let turn = 1; !isOver(); turn++) {
    const version = `1.0.${turn}`
    const deploy = () => post(`deploy ${version}`, { kind: 'deploy', environment: 'staging', version })
    const cancelling = random.chance(0.15) ? cancelSomething(caller, app) : undefined
    await post(`build ${version}`, { kind: 'build', version, push: true })
    await Promise.all(random.chance(0.15) ? [deploy(), deploy()] : [deploy()])
    if (random.chance(0.15)) await post(`rollback ${turn}`, { kind: 'rollback', environment: 'staging' })
    await cancelling
    await pause(random.between(100, 900))
  }
}

/** Whatever is under way by then. */
async function cancelSomething({ history, random, ...caller }: Caller, app: string): Promise<void> {
  await pause(random.between(200, 2_500))
  const latest = history.findLast(
    ({ what, answers }) => what.endsWith(` of ${app}`) && answers.some(({ jobId }) => jobId),
  )
  const jobId = latest?.answers.find((answer) => answer.jobId)?.jobId
  if (jobId) await tell({ history, random, ...caller }, `/v1/jobs/${jobId}/cancel`)
}
