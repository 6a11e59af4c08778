import type { AppView } from '@stevedore/contract'
import { fillIn, send } from '../../api/client.ts'
import type { Refusal } from '../../api/problem.ts'
import type { Place, State } from '../../state.ts'
import { writePlainYaml } from './write-yaml.ts'

export interface Declaration {
  /** The app whose spec is changed; undefined for a new one. */
  app: string | undefined
  /** The spec as it stands so far. */
  text: string
  /** Names the spec that is changed, so that nobody else's change is lost. */
  etag: string | undefined
  refusal: Refusal | undefined
}

export async function loadDeclaration({ query }: Place, { loaded }: State, signal: AbortSignal): Promise<Declaration> {
  const app = query.get('app') ?? undefined
  const draft = loaded.data as Declaration | undefined
  // What somebody writes is not taken from them when the page is read again.
  if (draft && draft.app === app) return draft
  if (app === undefined) return { app, text: writePlainYaml(sample), etag: undefined, refusal: undefined }
  const response = await send(fillIn('/v1/apps/:app', { app }), { signal })
  const { spec }: AppView = await response.json()
  return { app, text: writePlainYaml(spec), etag: response.headers.get('etag') ?? undefined, refusal: undefined }
}

/** What a first app needs beside its name and its source; all else has a default. */
const sample = { environments: { staging: { engine: 'docker', port: 8081, replicas: 2, health: { path: '/' } } } }
