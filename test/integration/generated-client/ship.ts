import createClient from 'openapi-fetch'
import type { components, paths } from './api.d.ts'

/** What somebody else writes against the types that a generator made of the document: compiled, then run against an API. */
type JobEvent = components['schemas']['JobEvent']

const [baseUrl = '', token = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })

const spec: components['schemas']['AppSpecInput'] = {
  app: 'shop',
  source: { git: 'https://git.example.com/shop.git' },
  image: { registry: 'registry.example.com', name: 'shop' },
  environments: { staging: { engine: 'docker', port: 8081, strategy: 'rolling' } },
}
const declared = await client.PUT('/v1/apps/{app}', { params: { path: { app: 'shop' } }, body: spec })
const created = await client.POST('/v1/jobs', {
  params: { header: { 'Idempotency-Key': 'ship-1' } },
  body: { kind: 'build', app: 'shop' },
})
const id = created.data?.id ?? ''
const read = await client.GET('/v1/jobs/{id}', { params: { path: { id } } })
const refused = await client.POST('/v1/jobs', { body: { kind: 'build', app: 'nothing' } })

console.log(
  JSON.stringify({
    strategy: declared.data?.spec.environments.staging?.strategy.type,
    etag: declared.response.headers.get('ETag'),
    location: created.response.headers.get('Location'),
    job: { id, state: read.data?.state, steps: read.data?.steps.length },
    refusal: refused.error?.type,
    told: tell({
      jobId: id,
      seq: 1,
      at: '',
      type: 'step.started',
      data: { name: 'checkout', position: 1, attempt: 1 },
    }),
  }),
)

/** The type of an event says what its data is. */
export function tell(event: JobEvent): string {
  if (event.type === 'step.started') return `step ${event.data.position} ${event.data.name}`
  // @ts-expect-error a queued job has no percent
  if (event.type === 'job.queued') return `${event.data.percent}`
  return event.type
}

/** Never called: what the types have to refuse. */
export async function misuse(): Promise<void> {
  // @ts-expect-error there is no such kind
  await client.POST('/v1/jobs', { body: { kind: 'launch', app: 'shop' } })
  // @ts-expect-error a deploy needs an environment
  await client.POST('/v1/jobs', { body: { kind: 'deploy', app: 'shop' } })
  // @ts-expect-error there is no such address
  await client.GET('/v1/launches')
}
