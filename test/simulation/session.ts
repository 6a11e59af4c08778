import type { Duplex } from 'node:stream'
import type { PoolClient } from 'pg'
import type { Process } from './schedule.ts'

/** One of Postgres's, which sessions use one after the other. */
export interface Connection {
  client: PoolClient & { processID?: number; pipeline?: boolean; connection: { stream: Duplex } }
  /** What `clock_timestamp()` gives there; undefined when nobody knows. */
  clockMs: number | undefined
}

/** A connection as a process has it. */
export interface Session {
  process: Process
  connection: Connection | undefined
  isInTransaction: boolean
  /** What begins its transaction, which goes to Postgres with the first statement of it: until then it is nothing there. */
  begin: { text: string; ms: number } | undefined
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

/** What of a statement follows from its words. */
export interface Traits {
  /** In two words, for who reads a trace. */
  name: string
  begins: boolean
  writes: boolean
  /** The clock matters to it: columns and triggers have it by default. */
  tellsTime: boolean
  fillsOutbox: boolean
  notifies: boolean
}

const known = new Map<string, Traits>()

export function readTraits(text: string): Traits {
  const traits = known.get(text) ?? findTraits(text)
  known.set(text, traits)
  return traits
}

function findTraits(text: string): Traits {
  return {
    name: makeName(text),
    begins: text.startsWith('BEGIN'),
    writes: /\b(insert|update|delete)\b/.test(text),
    tellsTime: /now\(\)|clock_timestamp\(\)|insert into/.test(text),
    fillsOutbox: /insert into "?outbox"?/.test(text),
    notifies: text.includes('pg_notify('),
  }
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
