import type { EnvironmentSpec, Operation, Reach } from '@stevedore/contract'
import type { AppRecord, By, Job, TokenRecord } from '@stevedore/ledger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ApiContext } from './context.ts'
import type { Turn } from './turns.ts'

/** What a request was found to be about, by the reach of its operation. */
export interface Subjects extends Record<Reach, unknown> {
  server: undefined
  scoped: undefined
  'app-name': undefined
  app: AppRecord
  environment: { app: AppRecord; environment: string; settings: EnvironmentSpec | undefined }
  job: Job
}

type SubjectOf<O extends Operation> = Subjects[Extract<O['access'], { reach: Reach }>['reach']]
/** What the operation has no schema for is `undefined`. */
type Checked<S> = [S] extends [z.ZodType | undefined] ? z.output<NonNullable<S>> : undefined

/** A request with everything checked. */
export interface Call<O extends Operation = Operation> {
  context: ApiContext
  subject: SubjectOf<O>
  params: Checked<O['params']>
  query: Checked<O['query']>
  body: Checked<O['body']>
  /** The caller; an empty viewer on public routes. */
  token: TokenRecord
  by: By
  request: FastifyRequest
  reply: FastifyReply
  /** In which it is answered; where the operation has none, to leave it does nothing. */
  turn: Turn
}

interface Handling<O extends Operation> {
  /** It streams or reads much: no deadline for the whole of it. */
  unhurried?: boolean
  handle(call: Call<O>): Promise<unknown>
}

/** An operation of the contract with what answers it. */
export type Route<O extends Operation = Operation> = O & Handling<O>

export function defineRoute<O extends Operation>(operation: O, handling: Handling<O>): Route<O> {
  return { ...operation, ...handling }
}

/** Any route, for tables: what a handler is given was checked by the schemas of the same route. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds routes of many shapes
export type AnyRoute = Operation & { name: string; unhurried?: boolean; handle(call: Call<any>): Promise<unknown> }
