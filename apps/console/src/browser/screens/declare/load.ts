import type { AppView } from '@stevedore/contract'
import { fillIn, send } from '../../api/client.ts'
import type { Refusal } from '../../api/problem.ts'
import type { Place } from '../../state.ts'

export interface Declaration {
  /** The app whose spec is changed; undefined for a new one. */
  app: string | undefined
  /** What stands in the field at first. */
  text: string
  /** Names the spec that is changed, so that nobody else's change is lost. */
  etag: string | undefined
  refusal: Refusal | undefined
}

export async function loadDeclaration({ query }: Place, signal: AbortSignal): Promise<Declaration> {
  const app = query.get('app') ?? undefined
  if (app === undefined) return { app, text: write(sample), etag: undefined, refusal: undefined }
  const response = await send(fillIn('/v1/apps/:app', { app }), { signal })
  const { spec }: AppView = await response.json()
  return { app, text: write(spec), etag: response.headers.get('etag') ?? undefined, refusal: undefined }
}

/** What a first app needs; all else has a default. */
const sample = {
  app: 'hello',
  source: { git: 'https://github.com/YOU/hello.git', ref: 'main' },
  environments: { staging: { engine: 'docker', port: 8080, replicas: 2, health: { path: '/health' } } },
}

function write(spec: unknown): string {
  return JSON.stringify(spec, null, 2)
}
