import type { PoolClient } from 'pg'
import type { Process } from './schedule.ts'

/** One of Postgres's, which sessions use one after the other. */
export interface Connection {
  client: PoolClient & { processID?: number }
  /** What `clock_timestamp()` gives there; undefined when nobody knows. */
  clockMs: number | undefined
}

/** A connection as a process has it. */
export interface Session {
  process: Process
  connection: Connection | undefined
  isInTransaction: boolean
  isAsking: boolean
  /** Nothing can be asked by it any more. */
  ended: Error | undefined
  lastMs: number
  idleLimitMs: number
  /** What is told once it commits. */
  notices: [channel: string, payload: string][]
  /** What a mutation has put off to after the commit. */
  outside: Statement[]
}

export interface Statement {
  asked: Asked
  values: unknown[] | undefined
}

/** As `pg` and drizzle say it. */
export type Asked = string | { text: string; name?: string }
export type Answer = { rows: unknown[]; rowCount: number | null }

export function textOf(asked: Asked): string {
  return typeof asked === 'string' ? asked : asked.text
}

const names = new Map<string, string>()

/** In two words, for who reads a trace. */
export function nameStatement(text: string): string {
  const name = names.get(text) ?? makeName(text)
  names.set(text, name)
  return name
}

function makeName(text: string): string {
  const words = text.replaceAll('"', '').replaceAll(/\s+/g, ' ')
  if (text.startsWith('with ')) return /with (\w+)/.exec(words)?.[1] ?? 'with'
  const table = /(?:update|into|from) (\w+)/.exec(words)?.[1]
  return [words.split(' ', 1)[0], table].filter(Boolean).join(' ')
}

/** As the driver tells of a connection that breaks. */
export function cutError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}

export function idleError(): Error {
  return Object.assign(new Error('terminating connection due to idle-in-transaction timeout'), { code: '25P03' })
}
