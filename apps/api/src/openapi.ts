import {
  type AnswerShape,
  type EventStreamShape,
  type ProblemCode,
  problems,
  type SignatureScheme,
} from '@stevedore/contract'
import { z } from 'zod'
import { type ApiSchemas, nameSchemas } from './openapi-schemas.ts'
import { sessionCookie } from './plugins/sign-in.ts'
import { problemMediaType } from './problem-reply.ts'
import type { AnyRoute } from './route.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of a route table: its schemas are those that requests are checked by. */
export function describeApi(routes: readonly AnyRoute[]): Json {
  const schemas = nameSchemas(routes, { Problem: problem })
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Stevedore', version: '1', description: 'Builds, pushes, deploys and rolls back apps.' },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ url }) => nameTag(url)))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { ...waysIn, ...listSignatures(routes) },
      headers: sharedHeaders,
      responses: { Refused: refused },
      schemas: schemas.components,
    },
  }
}

/** Either will do; where both come the token counts. */
const waysIn = {
  token: { type: 'http', scheme: 'bearer', description: 'A token: `Authorization: Bearer stv_…`.' },
  session: {
    ...{ type: 'apiKey', in: 'cookie', name: sessionCookie },
    description:
      'The session of a browser that signed in at `/sign-in`; it counts where there is no Authorization header. What changes something is taken with it from the own pages alone.',
  },
} as const

function listSignatures(routes: readonly AnyRoute[]): Json {
  const schemes: readonly SignatureScheme[] = routes.flatMap(({ signatures = [] }) => signatures)
  return Object.fromEntries(
    schemes.map(({ name, header, description }) => [name, { type: 'apiKey', in: 'header', name: header, description }]),
  )
}

function describeRoute(route: AnyRoute, schemas: ApiSchemas): Json {
  const { access, summary } = route
  const [headline = summary] = summary.split(/[.:;] /, 1)
  return {
    operationId: route.name,
    summary: headline.replace(/\.$/, ''),
    description: summary,
    tags: [nameTag(route.url)],
    security: describeAccess(route),
    ...(typeof access === 'string' ? {} : { 'x-right': access.right }),
    parameters: [
      ...listParameters(route.params, 'path'),
      ...listParameters(route.query, 'query'),
      ...Object.entries(route.headers ?? {}).map(([name, description]) => describeHeader(name, description)),
    ],
    ...describeBody(route, schemas),
    responses: { ...mapAnswers(route, schemas), ...listRefusals(route) },
  }
}

function describeAccess({ access, signatures = [] }: AnyRoute): Json[] {
  if (access === 'signature') return signatures.map(({ name }) => ({ [name]: [] }))
  return access === 'public' ? [] : Object.keys(waysIn).map((name) => ({ [name]: [] }))
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

function describeBody({ body, bodyAs }: AnyRoute, schemas: ApiSchemas): Json {
  if (bodyAs) {
    const types = bodyAs.kind === 'stream' ? bodyAs.mediaTypes : ['application/json']
    return { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, {}])) } }
  }
  if (!body) return {}
  return {
    requestBody: {
      required: !body.safeParse(undefined).success,
      content: { 'application/json': { schema: schemas.refer('input', body) } },
    },
  }
}

function mapAnswers({ answers, answerHeaders = {} }: AnyRoute, schemas: ApiSchemas): Json {
  const own = Object.entries(answerHeaders).map(([name, description]) => [name, describeText(description)])
  return Object.fromEntries(
    Object.entries(answers).map(([status, shape]) => {
      const headers = Number(status) < 300 ? { ...Object.fromEntries(own), ...everyAnswer } : everyAnswer
      return [status, { description: 'Done', headers, ...describeAnswer(shape, schemas) }]
    }),
  )
}

function describeAnswer(shape: AnswerShape, schemas: ApiSchemas): Json {
  if (shape === undefined) return {}
  if (shape instanceof z.ZodType) return { content: { 'application/json': { schema: schemas.refer('output', shape) } } }
  return { content: Object.fromEntries([shape].flat().map((form) => describeForm(form, schemas))) }
}

/** OpenAPI 3.1 has no word for one event of a stream: the schema is that of the JSON in each `data:` field. */
function describeForm(form: string | EventStreamShape, schemas: ApiSchemas): [mediaType: string, Json] {
  if (typeof form === 'string') return [form, { schema: { type: 'string' } }]
  return ['text/event-stream', { schema: schemas.refer('output', form.events) }]
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
  return Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Refused' }]))
}

function describeText(description: string): Json {
  return { description, schema: { type: 'string' } }
}

const sharedHeaders = {
  'X-Request-Id': describeText(
    'The correlation id: the caller’s own, where it sent one, else a new one. The logs carry it.',
  ),
  'Retry-After': { description: 'Seconds to wait before the next try; with 429 and 503.', schema: { type: 'integer' } },
}
const everyAnswer = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } }

const refused = {
  description: 'Refused',
  headers: { ...everyAnswer, 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
  content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  faults: z
    .array(z.object({ path: z.array(z.union([z.string(), z.int()])), code: z.string(), message: z.string() }))
    .optional(),
})

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...inner } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return inner
}
