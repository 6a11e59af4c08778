import { eventTypes } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeApi } from './openapi.ts'
import { routeTable } from './route-table.ts'

const document = describeApi(routeTable) as {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: object; parameters: { in: string; name: string }[] }>
  >
  components: {
    schemas: { JobEvent: { oneOf: { properties: { type: { const: string }; data: { required: string[] } } }[] } }
  }
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

test('what each event of a job carries is told', () => {
  const told = document.components.schemas.JobEvent.oneOf.map(({ properties }) => properties)
  expect(told.map(({ type }) => type.const)).toEqual(eventTypes)
  expect(told.find(({ type }) => type.const === 'step.started')?.data.required).toEqual(['name', 'position', 'attempt'])
  const { operation } = operations.find(({ operation }) => operation.operationId === 'followJobEvents')!
  expect(operation.responses).toHaveProperty(['200', 'content', 'text/event-stream', 'schema', '$ref'])
})
