import type { TestApi } from '../../../harness/test-api.ts'
import { startHookedApi } from '../hooked-shop.ts'
import { playBuild, playDeploy } from '../play-worker.ts'

export interface Shop {
  api: TestApi
  /** A build that was cancelled: nothing moves by itself. */
  jobId: string
}

/** An API with all that the addresses of routes name: an app that runs, takes webhooks and has a job. */
export async function openShop(): Promise<Shop> {
  const api = await startHookedApi()
  await playBuild(api)
  await playDeploy(api)
  await api.call('PUT', '/v1/secrets/KEY', { body: { value: 'the value of it' } })
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  await api.call('POST', `/v1/jobs/${body.id}/cancel`)
  return { api, jobId: body.id }
}
