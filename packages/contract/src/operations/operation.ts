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
type ForeignBody = { kind: 'stream'; mediaTypes: readonly string[] } | { kind: 'raw'; limitBytes: number }

/** How a sender proves that a body is its own. */
export interface SignatureScheme {
  name: string
  /** The header that carries the proof. */
  header: string
  description: string
}

/** One operation of the REST API: what is served, documented, called by the command line and tested is this. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:name` for parameters. */
  readonly url: string
  readonly summary: string
  readonly access: Access
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  /** Of a JSON body. */
  readonly body?: z.ZodType
  readonly bodyAs?: ForeignBody
  /** Request headers that it takes, each with what it is for. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers of its answer when all went well, each with what it says. */
  readonly answerHeaders?: Readonly<Record<string, string>>
  /** Ways to sign, of which one does: by `signature` alone. */
  readonly signatures?: readonly SignatureScheme[]
  readonly answers: Readonly<Record<number, AnswerShape>>
}

/** Keeps the exact type of an operation: what it lacks is `undefined` to its handler, and cannot be given by a caller. */
export function defineOperation<const O extends Operation>(operation: O): O {
  return operation
}

type JsonOf<S> = S extends z.ZodType ? z.output<S> : undefined
type SuccessStatus = 200 | 201 | 202 | 204

/** What a caller of an operation is answered with, where it is JSON. */
export type AnswerOf<O extends Operation> = {
  [S in keyof O['answers'] & SuccessStatus]: JsonOf<O['answers'][S]>
}[keyof O['answers'] & SuccessStatus]

/** What each event of an operation that answers with a stream of them carries. */
export type EventOf<O extends Operation> = O['answers'] extends { 200: { events: infer S extends z.ZodType } }
  ? z.output<S>
  : never

/** Paths and queries carry text: a value is given as it is written, or as what it is read as; several in one text as that alone. */
type Texts<S extends z.ZodType> = {
  [K in keyof z.input<S>]: z.input<S>[K] | Exclude<z.output<S>[K & keyof z.output<S>], readonly unknown[]>
}
type ParamsOf<O> = O extends { params: infer S extends z.ZodType } ? { params: Texts<S> } : { params?: never }
type QueryOf<O> = O extends { query: infer S extends z.ZodType } ? { query?: Texts<S> } : { query?: never }
/** A body that is not JSON is given as what opens it, anew for each try. */
type BodyOf<O> = O extends { bodyAs: ForeignBody }
  ? { body: () => ReadableStream<Uint8Array> }
  : O extends { body: infer S extends z.ZodType }
    ? undefined extends z.input<S>
      ? { body?: z.input<S> }
      : { body: z.input<S> }
    : { body?: never }
type HeadersOf<O> = O extends { headers: infer H } ? { headers?: { [K in keyof H]?: string } } : { headers?: never }

/** What a caller gives to an operation. */
export type InputOf<O extends Operation> = ParamsOf<O> & QueryOf<O> & BodyOf<O> & HeadersOf<O>

/** A moment, as the API writes it. */
export const at = z.iso.datetime()

/** Of an operation that is told nothing but its address. */
export const emptyBody = z.strictObject({}).optional()
