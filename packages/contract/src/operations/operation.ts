import { z } from 'zod'
import type { Right } from '../roles.ts'

/**
 * What an operation is about, found before its handler runs. What lies outside the token's scope is answered like what does not exist.
 * `server` concerns all apps, so only a token without a scope may; `scoped` leaves the narrowing to the handler; `app-name` is an app
 * that need not exist.
 */
export type Reach = 'server' | 'scoped' | 'app-name' | 'app' | 'environment' | 'job'

/** `signature`: a webhook proves itself by its signature over the raw body. */
export type Access<R extends Reach = Reach> = 'public' | 'signature' | { right: Right; reach: R }

/** Server-Sent Events, each of which carries this as JSON. */
export interface EventStreamShape {
  events: z.ZodType
}

/** The schema of a JSON answer, the media types of another, a stream of events, or nothing for an answer without a body. */
export type AnswerShape = z.ZodType | string | readonly (string | EventStreamShape)[] | EventStreamShape | undefined

/** Bodies that are not JSON: `stream` hands the bytes on as they come, `raw` gathers them first. */
export type ForeignBody = { kind: 'stream'; mediaTypes: readonly string[] } | { kind: 'raw'; limitBytes: number }

/** One operation of the REST API: what is served, documented, called by the command line and tested is this. */
export interface Operation<
  R extends Reach = Reach,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends Record<number, AnswerShape> = Record<number, AnswerShape>,
> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:name` for parameters. */
  url: string
  summary: string
  access: Access<R>
  params?: P
  query?: Q
  /** Of a JSON body. */
  body?: B
  bodyAs?: ForeignBody
  /** Request headers that it takes, for the OpenAPI document. */
  headers?: Record<string, string>
  answers: A
}

/** Ties the schemas of an operation to its types. What is not given is `undefined` to the handler. */
export function defineOperation<
  R extends Reach,
  A extends Record<number, AnswerShape>,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(operation: Operation<R, P, Q, B, A>): Operation<R, P, Q, B, A> {
  return operation
}

type JsonOf<S> = S extends z.ZodType ? z.output<S> : undefined
type SuccessStatus = 200 | 201 | 202 | 204

/** What a caller of an operation is answered with, where it is JSON. */
export type AnswerOf<O extends Operation> = {
  [S in keyof O['answers'] & SuccessStatus]: JsonOf<O['answers'][S]>
}[keyof O['answers'] & SuccessStatus]

type Given<S> = S extends z.ZodType ? (S extends z.ZodUndefined ? never : S) : never
/** Query parameters go out as text, whatever they are read as. */
type QueryInput<S extends z.ZodType> = { [K in keyof z.input<S>]?: string | number | boolean | undefined }

/** What a caller gives to an operation. */
export type InputOf<O extends Operation> = ([Given<O['params']>] extends [never]
  ? { params?: undefined }
  : { params: z.input<Given<O['params']>> }) &
  ([Given<O['query']>] extends [never] ? { query?: undefined } : { query?: QueryInput<Given<O['query']>> }) &
  ([Given<O['body']>] extends [never]
    ? { body?: undefined }
    : undefined extends z.input<Given<O['body']>>
      ? { body?: z.input<Given<O['body']>> }
      : { body: z.input<Given<O['body']>> })

/** A moment, as the API writes it. */
export const at = z.iso.datetime()
