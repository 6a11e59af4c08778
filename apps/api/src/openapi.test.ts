import { Validator } from '@seriousme/openapi-schema-validator'
import { eventTypes, strategyTypes } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeApi } from './openapi.ts'
import { routeTable } from './route-table.ts'
import { bitbucket } from './webhooks/providers/bitbucket.ts'
import { generic } from './webhooks/providers/generic.ts'
import { gitea } from './webhooks/providers/gitea.ts'
import { github } from './webhooks/providers/github.ts'
import { gitlab } from './webhooks/providers/gitlab.ts'

const description = describeApi(routeTable)
const document = description as {
  paths: Record<string, Record<string, OperationObject>>
  components: {
    securitySchemes: Record<string, { name?: string }>
    schemas: Record<string, SchemaObject>
    headers: object
  }
}
interface OperationObject {
  operationId: string
  security: Record<string, []>[]
  responses: Record<string, { headers?: object; content?: Record<string, { schema: SchemaObject }> }>
  parameters: { in: string; name: string }[]
  requestBody?: { content: Record<string, { schema?: SchemaObject }> }
}
interface SchemaObject {
  $ref?: string
  oneOf?: SchemaObject[]
  discriminator?: { propertyName: string; mapping: Record<string, string> }
  properties?: Record<string, SchemaObject & { const?: string }>
  required?: string[]
}
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)

test('every route is in the document, under a name of its own', () => {
  expect(operations).toHaveLength(routeTable.length)
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routeTable.length)
})

test('every parameter of an address is described', () => {
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const described = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    expect(described).toEqual(named)
  }
})

test('whoever needs a token is told what happens without one', () => {
  for (const route of routeTable.filter(({ access }) => typeof access !== 'string')) {
    const { operation } = operations.find(({ operation }) => operation.operationId === route.name)!
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '429', '503']))
  }
})

const find = (name: string) => operations.find(({ operation }) => operation.operationId === name)!.operation
const follow = (address = '') => document.components.schemas[address.replace('#/components/schemas/', '')]

test('it is OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(description))).toEqual({ valid: true })
})

test('every schema that is referred to is there', () => {
  const addresses = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g)].map(([, address = '']) => address)
  expect(addresses.length).toBeGreaterThan(200)
  const isThere = (address: string) =>
    address.split('/').reduce<unknown>((part, key) => Object(part)[key], document) !== undefined
  expect([...new Set(addresses)].filter((address) => !isThere(address))).toEqual([])
})

test('what is sent and answered as JSON has a name', () => {
  const bodies = operations.flatMap(({ operation }) => [
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(operation.responses).map(({ content }) => content?.['application/json']?.schema),
  ])
  const given = bodies.filter((schema) => schema !== undefined)
  expect(given.length).toBeGreaterThan(40)
  expect(given.filter(({ $ref }) => $ref === undefined)).toEqual([])
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['App', 'Job', 'JobPage', 'AppSpecInput']),
  )
})

test('what each event of a job carries is told, by its type', () => {
  const { oneOf = [], discriminator } = document.components.schemas.JobEvent!
  const told = oneOf.map(({ $ref }) => follow($ref)?.properties)
  expect(told.map((properties) => properties?.type?.const)).toEqual(eventTypes)
  expect(discriminator?.propertyName).toBe('type')
  expect(follow(discriminator?.mapping['step.started'])?.properties?.data?.required).toEqual([
    'name',
    'position',
    'attempt',
  ])
  const stream = find('followJobEvents').responses['200']?.content?.['text/event-stream']
  expect(stream?.schema.$ref).toBe('#/components/schemas/JobEvent')
})

test('a strategy may be its name alone where it is asked for', () => {
  expect(document.components.schemas.StrategyInput).toMatchObject({ anyOf: [{ enum: strategyTypes }, {}] })
  expect(document.components.schemas.Strategy).not.toHaveProperty('anyOf')
})

test('headers are told: of requests, of answers, of refusals', () => {
  const names = (operation: string) =>
    find(operation).parameters.flatMap(({ in: where, name }) => (where === 'header' ? [name] : []))
  expect(names('createJob')).toEqual(['Idempotency-Key'])
  expect(names('followJobEvents')).toEqual(['Last-Event-ID'])
  expect(names('putApp')).toEqual(['If-Match'])
  expect(find('createJob').responses['202']?.headers).toHaveProperty('Location')
  expect(find('putApp').responses['201']?.headers).toHaveProperty('ETag')
  expect(find('getApp').responses['429']).toEqual({ $ref: '#/components/responses/Refused' })
  expect(document.components.headers).toHaveProperty('Retry-After')
})

test('a token lets in, or the session of a browser; public routes ask for neither', () => {
  expect(document.components.securitySchemes.token).toMatchObject({ type: 'http', scheme: 'bearer' })
  expect(document.components.securitySchemes.session).toMatchObject({ in: 'cookie', name: 'stevedore_session' })
  for (const { name, access } of routeTable.filter(({ access }) => access !== 'signature'))
    expect(find(name).security, name).toEqual(access === 'public' ? [] : [{ token: [] }, { session: [] }])
})

test('each forge signs by a header that its webhooks are known by', () => {
  for (const provider of [github, gitlab, gitea, bitbucket, generic]) {
    const schemes = find(`${provider.name}Webhook`).security.flatMap(Object.keys)
    const headers = schemes.map((scheme) => document.components.securitySchemes[scheme]?.name?.toLowerCase())
    expect(headers.length).toBeGreaterThan(0)
    expect([...provider.marks, ...(provider.alsoSends ?? [])]).toEqual(expect.arrayContaining(headers))
  }
})
