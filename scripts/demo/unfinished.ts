import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView, Page, TokenView } from '@stevedore/contract'
import { createApiCaller, findFreePort } from '@stevedore/testkit'
import { waitUntil } from '@stevedore/testkit/wait-until'
import { mustRun, type Settings } from './command.ts'
import { writeSpec } from './example-app.ts'
import type { Stage } from './stage.ts'

/** Leaves what somebody has to decide: a canary that is paused, and a deploy that waits for approval. */
export async function leaveUnfinished(stage: Stage): Promise<void> {
  const run = (...arguments_: string[]) => mustRun(stage.settings, ...arguments_)
  await run('apply', '--file', await writeSpec(stage, await chooseEnvironments()))
  await run('deploy', stage.app, 'staging', '--version=1.0.0')
  await run('deploy', stage.app, 'staging', '--version=1.1.0', '--detach')
  // Somebody else than the admin asks, who then may approve it.
  await mustRun(await becomeDeployer(stage), 'deploy', stage.app, 'partners', '--version=1.1.0', '--detach')
  await waitUntil(
    'a canary that is paused and a deploy that waits for approval',
    async () => {
      const api = await callAsAdmin(stage)
      const { body } = await api('GET', `/v1/jobs?app=${stage.app}&state=waiting`)
      const reasons = (body as Page<JobView>).items.map(({ waitingFor }) => waitingFor)
      return reasons.includes('promotion') && reasons.includes('approval')
    },
    { timeoutMs: 60_000 },
  )
}

async function chooseEnvironments() {
  const [staging, partners] = await Promise.all([findFreePort(), findFreePort()])
  const health = { path: '/health', interval: '500ms' }
  return {
    staging: {
      ...{ engine: 'docker', port: staging, replicas: 2, health },
      strategy: { type: 'canary', steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 100 }] },
    },
    partners: { engine: 'docker', port: partners, health, approval: 'required' },
  }
}

/** The token of the first admin, which the server has kept. */
export async function readToken({ settings }: Stage): Promise<string> {
  return (await readFile(join(settings.STEVEDORE_DATA_DIR ?? '', 'token'), 'utf8')).trim()
}

async function callAsAdmin(stage: Stage) {
  return createApiCaller(stage.server.url, await readToken(stage))
}

async function becomeDeployer(stage: Stage): Promise<Settings> {
  const api = await callAsAdmin(stage)
  const { body } = await api('POST', '/v1/tokens', { body: { name: 'ben', role: 'deployer' } })
  return { ...stage.settings, STEVEDORE_TOKEN: (body as TokenView & { token: string }).token }
}
