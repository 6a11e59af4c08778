import { type AnswerShape, type EventStreamShape, jobEvent, type ProblemCode, problems } from '@stevedore/contract'
import { z } from 'zod'
import { problemMediaType } from './problem-reply.ts'
import type { AnyRoute } from './route.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of a route table: its schemas are those that requests are checked by. */
export function describeApi(routes: readonly AnyRoute[]): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Stevedore', version: '1', description: 'Builds, pushes, deploys and rolls back apps.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema, JobEvent: toSchema(jobEvent, 'output') },
    },
  }
}

function describeRoute(route: AnyRoute): Json {
  const { access } = route
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [nameTag(route.url)],
    security: typeof access === 'string' ? [] : [{ token: [] }],
    ...(typeof access === 'string' ? {} : { 'x-right': access.right }),
    parameters: [
      ...listParameters(route.params, 'path'),
      ...listParameters(route.query, 'query'),
      ...Object.entries(route.headers ?? {}).map(([name, description]) => describeHeader(name, description)),
    ],
    ...describeBody(route),
    responses: { ...mapAnswers(route.answers), ...listRefusals(route) },
  }
}

function nameTag(url: string): string {
  return url.startsWith('/v1/') ? (url.split('/')[2] ?? '') : 'operation'
}

function listParameters(schema: z.ZodType | undefined, location: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...inner }]) => ({
    name,
    in: location,
    required: required.includes(name),
    ...(description ? { description } : {}),
    schema: inner,
  }))
}

function describeHeader(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } }
}

function describeBody({ body, bodyAs }: AnyRoute): Json {
  if (bodyAs) {
    const types = bodyAs.kind === 'stream' ? bodyAs.mediaTypes : ['application/json']
    return { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, {}])) } }
  }
  if (!body) return {}
  return {
    requestBody: {
      required: !body.safeParse(undefined).success,
      content: { 'application/json': { schema: toSchema(body, 'input') } },
    },
  }
}

function mapAnswers(answers: Record<number, AnswerShape>): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, shape]) => [status, { description: 'Done', ...describeAnswer(shape) }]),
  )
}

function describeAnswer(shape: AnswerShape): Json {
  if (shape === undefined) return {}
  if (shape instanceof z.ZodType) return { content: { 'application/json': { schema: toSchema(shape, 'output') } } }
  const forms = [shape].flat()
  return { content: Object.fromEntries(forms.map(describeForm)) }
}

/** OpenAPI 3.1 has no word for one event of a stream: the schema is that of the JSON in each `data:` field. */
function describeForm(form: string | EventStreamShape): [mediaType: string, Json] {
  if (typeof form === 'string') return [form, { schema: { type: 'string' } }]
  const schema = form.events === jobEvent ? { $ref: '#/components/schemas/JobEvent' } : toSchema(form.events, 'output')
  return ['text/event-stream', { schema }]
}

/** Which refusals a route can answer with follows from what it takes and who may call it. */
function listRefusals(route: AnyRoute): Json {
  const codes: ProblemCode[] = ['rate-limited', 'internal', 'unavailable']
  if (route.access === 'signature') codes.push('webhook-signature-invalid', 'payload-too-large')
  else if (route.access !== 'public') codes.push('unauthenticated', 'forbidden', 'not-found')
  if (route.body || route.query || route.params) codes.push('validation-failed')
  if (route.body || route.bodyAs?.kind === 'stream') codes.push('payload-too-large', 'unsupported-media-type')
  if (route.body) codes.push('malformed-json')
  if (route.method !== 'GET' && route.access !== 'signature') codes.push('conflict')
  if (route.headers?.['If-Match']) codes.push('precondition-failed')
  const statuses = [...new Set(codes.map((code) => problems[code].status))].filter((status) => !route.answers[status])
  return Object.fromEntries(statuses.map((status) => [status, refusalAnswer]))
}

const refusalAnswer = {
  description: 'Refused',
  content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
}

const problemSchema = toSchema(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    faults: z
      .array(z.object({ path: z.array(z.union([z.string(), z.int()])), code: z.string(), message: z.string() }))
      .optional(),
  }),
  'output',
)

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...inner } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return inner
}
