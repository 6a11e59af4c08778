import type { EnvironmentSpec, Right } from '@stevedore/contract'
import type { AppRecord, By, Job, TokenRecord } from '@stevedore/ledger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Edge } from './edge.ts'

/**
 * What a route is about, found before its handler runs. What lies outside the token's scope is answered like what does not exist.
 * `server` concerns all apps, so only a token without a scope may; `scoped` leaves the narrowing to the handler; `app-name` is an app
 * that need not exist.
 */
export interface Subjects {
  server: undefined
  scoped: undefined
  'app-name': undefined
  app: AppRecord
  environment: { app: AppRecord; environment: string; settings: EnvironmentSpec | undefined }
  job: Job
}
export type Reach = keyof Subjects

/** `signature`: a webhook proves itself by its signature over the raw body. */
export type Access<R extends Reach = Reach> = 'public' | 'signature' | { right: Right; reach: R }

/** A signed-in request with everything checked. */
export interface Call<R extends Reach, P, Q, B> {
  edge: Edge
  subject: Subjects[R]
  params: P
  query: Q
  body: B
  /** The caller; an empty viewer on public routes. */
  token: TokenRecord
  by: By
  request: FastifyRequest
  reply: FastifyReply
}

/** The schema of a JSON answer, the media types of another, or nothing for an answer without a body. */
export type AnswerShape = z.ZodType | string | readonly string[] | undefined

export interface Route<R extends Reach = Reach, P = unknown, Q = unknown, B = unknown> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:name` for parameters. */
  url: string
  /** The operation's name in the OpenAPI document. */
  name: string
  summary: string
  access: Access<R>
  params?: z.ZodType<P>
  query?: z.ZodType<Q>
  /** Of a JSON body. */
  body?: z.ZodType<B>
  /** Bodies that are not JSON: `stream` hands the bytes on as they come, `raw` gathers them first. */
  bodyAs?: { kind: 'stream'; mediaTypes: readonly string[] } | { kind: 'raw'; limitBytes: number }
  /** Request headers that it takes, for the OpenAPI document. */
  headers?: Record<string, string>
  answers: Record<number, AnswerShape>
  /** It streams or reads much: no deadline for the whole of it. */
  unhurried?: boolean
  handle(call: Call<R, P, Q, B>): Promise<unknown>
}

/** Any route, for tables: what a handler is given was checked by the same route's schemas. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds routes of many shapes
export type AnyRoute = Route<any, any, any, any>

/** Ties the types of a route's schemas to its handler. */
export function defineRoute<R extends Reach, P, Q, B>(route: Route<R, P, Q, B>): Route<R, P, Q, B> {
  return route
}
