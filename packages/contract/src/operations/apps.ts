import { z } from 'zod'
import { appSpec, appsSpec } from '../app-spec/app-spec.ts'
import { appName } from '../values/names.ts'
import { replicaCount, settingChange } from './environments.ts'
import { at, defineOperation } from './operation.ts'
import { cursor, digits, limit, pageOf } from './query.ts'

export const appView = z.object({
  app: z.string(),
  specVersion: z.int(),
  spec: appSpec,
  declaredBy: z.string(),
  declaredAt: at,
})
export type AppView = z.output<typeof appView>

/** Of each environment that runs something what was seen of it last. */
export const listedApp = appView.extend({
  running: z.array(z.object({ environment: z.string(), revision: z.int(), replicas: replicaCount.nullable() })),
})
export type ListedApp = z.output<typeof listedApp>

export const specVersionView = appView.omit({ spec: true })
export type SpecVersionView = z.output<typeof specVersionView>

/** In what two versions of a spec differ, by paths such as `environments.staging.replicas`. */
export const specComparison = z.object({ from: z.int(), to: z.int(), changes: z.array(settingChange) })
export type SpecComparison = z.output<typeof specComparison>

const params = z.object({ app: appName })
const etag = 'Names this declaration: given as If-Match, it keeps one from replacing another.'

export const putApp = defineOperation({
  method: 'PUT',
  url: '/v1/apps/:app',
  summary: 'Declare an app by its spec. Repeating it changes nothing.',
  access: { right: 'administer', reach: 'app-name' },
  params,
  body: appSpec,
  headers: { 'If-Match': 'The ETag of the declaration that this replaces; 412 when it was replaced meanwhile.' },
  answerHeaders: { ETag: etag, Location: 'The address of the app.' },
  answers: { 200: appView, 201: appView },
})

/** What was made of an app that was declared with others. */
export const declaredApp = appView.extend({ outcome: z.enum(['created', 'changed', 'unchanged']) })
export type DeclaredApp = z.output<typeof declaredApp>

export const putApps = defineOperation({
  method: 'PUT',
  url: '/v1/apps',
  summary: 'Declare several apps together: all of them, or none. Apps that are not named stay as they are.',
  access: { right: 'administer', reach: 'scoped' },
  body: appsSpec,
  answers: { 200: z.object({ items: z.array(declaredApp) }) },
})

export const getApp = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app',
  summary: 'An app and its spec, with all defaults filled in.',
  access: { right: 'read', reach: 'app' },
  params,
  answerHeaders: { ETag: etag },
  answers: { 200: appView },
})

export const retireApp = defineOperation({
  method: 'DELETE',
  url: '/v1/apps/:app',
  summary:
    'Retire an app: it takes no more jobs; what was recorded of it stays. 409 while jobs of it are unfinished or an environment of it runs.',
  access: { right: 'administer', reach: 'app' },
  params,
  headers: { 'If-Match': 'The ETag of the declaration to retire.' },
  answers: { 204: undefined },
})

export const listApps = defineOperation({
  method: 'GET',
  url: '/v1/apps',
  summary: 'The apps that the token reaches, each with what runs of it and how many of its replicas are healthy.',
  access: { right: 'read', reach: 'scoped' },
  answers: { 200: pageOf(listedApp) },
})

export const uploadSource = defineOperation({
  method: 'POST',
  url: '/v1/apps/:app/uploads',
  summary:
    'Upload a tar archive to build from; a build names it as `upload`. One that is not safe to unpack is refused.',
  access: { right: 'deploy', reach: 'app' },
  params,
  bodyAs: { kind: 'stream', mediaTypes: ['application/x-tar', 'application/octet-stream'] },
  answers: { 201: z.object({ id: z.uuid(), bytes: z.int() }) },
})

const versionNumber = digits(1, 2_147_483_647)

export const listSpecVersions = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/spec-versions',
  summary: 'The versions of an app’s spec, newest first: when each was declared, and by whom.',
  access: { right: 'read', reach: 'app' },
  params,
  query: z.strictObject({ limit, cursor: cursor.optional() }),
  answers: { 200: pageOf(specVersionView) },
})

export const getSpecVersion = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/spec-versions/:number',
  summary:
    'The spec of an app as it was in one version, with all defaults filled in. Secrets are named in it, never told.',
  access: { right: 'read', reach: 'app' },
  params: params.extend({ number: versionNumber }),
  answers: { 200: appView },
})

export const compareSpecs = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/compare',
  summary: 'In what two versions of an app’s spec differ.',
  access: { right: 'read', reach: 'app' },
  params,
  query: z.strictObject({ from: versionNumber, to: versionNumber }),
  answers: { 200: specComparison },
})
