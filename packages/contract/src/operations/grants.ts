import { z } from 'zod'
import { servedName } from '../app-spec/entrance.ts'
import { everyApp, grantAccesses, grantCauses, resourceKinds } from '../app-spec/resource-kinds.ts'
import { appName, kubernetesName } from '../values/names.ts'
import { at, defineOperation } from './operation.ts'
import { pageOf } from './query.ts'

export const grantView = z.object({
  kind: z.enum(resourceKinds),
  name: z.string(),
  /** Of what a cluster has; null for the cluster that the worker runs in, and for what no cluster has. */
  context: z.string().nullable(),
  /** `*`: every app. */
  app: z.string(),
  access: z.enum(grantAccesses),
  cause: z.enum(grantCauses),
  grantedBy: z.string(),
  grantedAt: at,
})
export type GrantView = z.output<typeof grantView>

const schemas = {
  repository: z
    .string()
    .regex(
      /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
      'REGISTRY/NAME',
    ),
  namespace: kubernetesName,
  deployment: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'NAMESPACE/NAME'),
  host: servedName,
} as const

const resourceFields = {
  kind: z.enum(resourceKinds),
  name: z.string().min(1).max(500),
  context: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[A-Za-z0-9@._:/-]+$/, 'a kubeconfig context')
    .optional(),
  app: z.union([appName, z.literal(everyApp)]),
}

interface Named {
  kind: keyof typeof schemas
  name: string
  context?: string | undefined
}

function listNameFaults({ kind, name, context }: Named) {
  const message = schemas[kind].safeParse(name).error?.issues[0]?.message
  const isOfCluster = kind === 'namespace' || kind === 'deployment'
  return [
    ...(message === undefined ? [] : [{ path: ['name'], message }]),
    ...(context === undefined || isOfCluster ? [] : [{ path: ['context'], message: 'is of what a cluster has' }]),
  ]
}

const grantRequest = z
  .strictObject({ ...resourceFields, access: z.enum(grantAccesses).default('own') })
  .check(({ value, issues }) => {
    const { kind, app, access } = value
    const faults = listNameFaults(value)
    if (access === 'read' && kind !== 'repository')
      faults.push({ path: ['access'], message: 'images of a repository are read, nothing else is' })
    if (app === everyApp && access !== 'read')
      faults.push({ path: ['app'], message: 'every app may read a repository, and have nothing to itself' })
    for (const { path, message } of faults) issues.push({ code: 'custom', input: value, path, message })
  })

const grantKey = z.strictObject(resourceFields).check(({ value, issues }) => {
  for (const { path, message } of listNameFaults(value)) issues.push({ code: 'custom', input: value, path, message })
})

export const putGrant = defineOperation({
  method: 'PUT',
  url: '/v1/grants',
  summary:
    'Give an app an image repository, a namespace, a Deployment or a host name, beside whoever has it; or let it build from a repository.',
  access: { right: 'administer', reach: 'server' },
  body: grantRequest,
  answers: { 200: grantView },
})

export const removeGrant = defineOperation({
  method: 'DELETE',
  url: '/v1/grants',
  summary: 'Take a grant back. 409 while the spec of the app names it and no other app has it.',
  access: { right: 'administer', reach: 'server' },
  query: grantKey,
  answers: { 204: undefined },
})

export const listGrants = defineOperation({
  method: 'GET',
  url: '/v1/grants',
  summary: 'Which app has which repository, namespace, Deployment and host name, of those that the token reaches.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({ app: appName.optional(), kind: z.enum(resourceKinds).optional() }),
  answers: { 200: pageOf(grantView) },
})
