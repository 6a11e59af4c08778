import { type Ledger, openLedger } from '@stevedore/ledger'
import type { PoolClient } from 'pg'
import type { Faults } from './faults.ts'
import type { Mutation } from './mutation.ts'
import type { Process, Schedule } from './schedule.ts'
import { clearRealTimeout, runOutside, setRealTimeout } from './virtual-time.ts'

/** One of Postgres's, which sessions use one after the other. */
interface Connection {
  client: PoolClient & { processID?: number }
  /** What `clock_timestamp()` gives there; undefined when nobody knows. */
  clockMs: number | undefined
}

/** A connection as a process has it. */
interface Session {
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
  /** By a mutation. */
  outside: Statement[]
}

interface Statement {
  asked: Asked
  values: unknown[] | undefined
}
type Asked = string | { text: string; name?: string }
type Answer = { rows: unknown[]; rowCount: number | null }

/** A statement that waits for a lock of somebody else's. */
interface Blocked {
  session: Session
  sinceMs: number
  outcome: Promise<void>
  isSettled: boolean
  deliver(): Promise<void>
}

/** As the service's own connections have it. */
const statementLimitMs = 3_000
/** Before it is asked whether a statement waits for a lock. That one is only slow changes nothing. */
const slowMs = 4

export interface ConnectionOptions {
  /** The lane's own, which no fault befalls. */
  own: Ledger
  schedule: Schedule
  faults: Faults
  mutation: Mutation
  kill(process: Process): void
  /** Of what was committed. */
  tell(channel: string, payload: string): void
}

/** Connections that are kept from one seed to the next: to make one takes as long as twenty statements. */
export function openConnectionStock(own: Ledger) {
  const free: Connection[] = []
  return {
    async take(): Promise<Connection> {
      return free.pop() ?? { client: await own.pool.connect(), clockMs: undefined }
    },
    giveBack: (connection: Connection) => void free.push(connection),
    close() {
      for (const { client } of free) client.release()
    },
  }
}

type Stock = ReturnType<typeof openConnectionStock>

export function openConnections(stock: Stock, { own, schedule, faults, mutation, kill, tell }: ConnectionOptions) {
  const sessions = new Set<Session>()
  let blocked: Blocked[] = []
  let statements = 0

  /** What sets the clock of a connection; empty where it stands as it should. */
  function setClock(connection: Connection, isStart: boolean): string {
    const ms = schedule.nowMs()
    if (connection.clockMs === ms) return ''
    // One that was set in the middle of a transaction tells nothing of `now()`.
    connection.clockMs = isStart ? ms : undefined
    return `set sim.clock = '${ms}'${isStart ? `; set sim.now = '${ms}'` : ''}; `
  }

  /** Sends it; where it has to wait for somebody's lock, others have their turns meanwhile. */
  async function ask(session: Session, { asked, values }: Statement): Promise<Answer> {
    session.connection ??= await stock.take()
    const { client } = session.connection
    const isEnd = asked === 'COMMIT' || asked === 'ROLLBACK'
    const clock = isEnd ? '' : setClock(session.connection, !session.isInTransaction)
    const isWithBegin = typeof asked === 'string' && asked.startsWith('BEGIN')
    if (isWithBegin) return client.query(clock + asked) as unknown as Promise<Answer>
    if (clock) await client.query(clock)
    return client.query(asked as string, values) as unknown as Promise<Answer>
  }

  async function isWaiting({ connection }: Session): Promise<boolean> {
    const pid = connection?.client.processID
    const { rows } = await own.pool.query<{ waits: boolean }>(
      'select cardinality(pg_blocking_pids($1)) > 0 as waits',
      [pid],
    )
    return rows[0]?.waits ?? false
  }

  /** @returns whether it has come to an end, rather than to a lock */
  async function awaitEnd(session: Session, outcome: Promise<void>): Promise<boolean> {
    for (;;) {
      if (await isWithin(slowMs, outcome)) return true
      if (await isWaiting(session)) return isWithin(0, outcome)
    }
  }

  async function rollBack(session: Session): Promise<void> {
    const { connection } = session
    session.connection = undefined
    session.isInTransaction = false
    session.notices = []
    if (!connection) return
    await connection.client.query('ROLLBACK')
    connection.clockMs = undefined
    stock.giveBack(connection)
  }

  /** Postgres's end of it, as when its client is gone. */
  async function end(session: Session, error: Error): Promise<void> {
    if (session.ended) return
    session.ended = error
    const waiting = blocked.find((one) => one.session === session)
    if (waiting) {
      blocked = blocked.filter((one) => one !== waiting)
      await own.pool.query('select pg_cancel_backend($1)', [session.connection?.client.processID])
      await waiting.outcome
    }
    await rollBack(session)
    sessions.delete(session)
    await freeBlocked()
  }

  /** Whoever waited for what has just been let go goes on, in the order in which they began to wait. */
  async function freeBlocked(): Promise<void> {
    for (const one of [...blocked]) {
      if (!(await awaitEnd(one.session, one.outcome))) continue
      blocked = blocked.filter((other) => other !== one)
      await one.deliver()
    }
  }

  function leave(session: Session): void {
    if (session.isInTransaction || !session.connection) return
    stock.giveBack(session.connection)
    session.connection = undefined
  }

  function follow(session: Session, text: string, values: unknown[] | undefined): void {
    if (text.startsWith('BEGIN')) {
      session.isInTransaction = true
      session.idleLimitMs = Number(/idle_in_transaction_session_timeout = (\d+)/.exec(text)?.[1] ?? statementLimitMs)
    }
    if (/insert into "?outbox"?/.test(text)) session.notices.push(['stevedore_outbox', ''])
    if (text.includes('pg_notify(')) session.notices.push([String(values?.[0]), String(values?.[1])])
    const isEnd = text === 'COMMIT' || text === 'ROLLBACK'
    if (isEnd) session.isInTransaction = false
    if (text === 'ROLLBACK') {
      session.notices = []
      if (session.connection) session.connection.clockMs = undefined
    }
    if (session.isInTransaction) return
    for (const notice of session.notices.splice(0)) tell(...notice)
  }

  async function perform(session: Session, statement: Statement, given: Given): Promise<void> {
    const { process } = session
    if (session.ended) return given.reject(session.ended)
    const text = textOf(statement.asked)
    const fault = faults.choose(process, text)
    if (fault) schedule.note(`!! ${process.name}: ${fault} ${nameStatement(text)}`)
    if (fault === 'kill before') return kill(process)
    if (fault === 'stop') {
      process.stoppedUntilMs = schedule.nowMs() + faults.drawStopMs()
      schedule.addTurn({ process, what: nameStatement(text), take: () => runOutside(() => perform(session, statement, given)) })
      return
    }
    if (fault === 'cut before') {
      await end(session, cutError())
      return given.reject(cutError())
    }
    session.isAsking = true
    statements += 1
    let answer: Answer | undefined
    let error: Error | undefined
    const outcome = ask(session, statement).then(
      (value) => void (answer = value),
      (thrown: Error) => void (error = thrown),
    )
    const deliver = async () => {
      session.isAsking = false
      session.lastMs = schedule.nowMs()
      if (answer) follow(session, text, statement.values)
      const isFree = !session.isInTransaction
      leave(session)
      if (fault === 'kill after') kill(process)
      else if (fault === 'cut after') {
        await end(session, cutError())
        given.reject(cutError())
      } else if (error) given.reject(error)
      else if (answer) given.resolve(answer)
      if (isFree) await freeBlocked()
      if (isFree && text === 'COMMIT') sessions.delete(session)
    }
    if (await awaitEnd(session, outcome)) return deliver()
    schedule.note(`${process.name} waits for a lock`)
    blocked.push({ session, sinceMs: schedule.nowMs(), outcome, isSettled: false, deliver })
  }

  /** A statement that commits by itself is made one that is committed after its answer. */
  async function sayEarly(session: Session, asked: Asked, values?: unknown[]): Promise<Answer> {
    await say(session, 'BEGIN')
    const answer = await say(session, asked, values)
    await say(session, 'COMMIT')
    return answer
  }

  function say(session: Session, asked: Asked, values?: unknown[]): Promise<Answer> {
    const { process } = session
    const isKeptAtOnce = !session.isInTransaction && typeof asked !== 'string' && asked.name === 'record-jobs'
    if (isKeptAtOnce && mutation.answersEarly?.(process.name)) return sayEarly(session, asked, values)
    const said = rewrite(asked, mutation)
    const text = textOf(said)
    return new Promise((resolve, reject) => {
      const take = (statement: Statement, given: Given) =>
        schedule.addTurn({
          process,
          what: nameStatement(textOf(statement.asked)),
          take: () => runOutside(() => perform(session, statement, given)),
        })
      const statement = { asked: said, values }
      if (session.isInTransaction && mutation.isOutside?.(text)) {
        session.outside.push(statement)
        return resolve({ rows: [], rowCount: 1 })
      }
      if (text === 'COMMIT' && mutation.answersEarly?.(process.name)) {
        take(statement, { resolve: () => {}, reject: () => {} })
        return resolve({ rows: [], rowCount: null })
      }
      if (text !== 'COMMIT' || session.outside.length === 0) return take(statement, { resolve, reject })
      const later = session.outside.splice(0)
      const thenOutside = (answer: Answer) => {
        for (const one of later) take(one, { resolve: () => {}, reject: () => {} })
        resolve(answer)
      }
      take(statement, { resolve: thenOutside, reject })
    })
  }

  function openSession(process: Process): Session {
    const session: Session = {
      ...{ process, connection: undefined, isInTransaction: false, isAsking: false, ended: undefined },
      ...{ lastMs: schedule.nowMs(), idleLimitMs: statementLimitMs, notices: [], outside: [] },
    }
    sessions.add(session)
    return session
  }

  return {
    /** A ledger of a process, whose every statement is a turn of its own. */
    openLedgerFor(process: Process): Ledger {
      const ledger = openLedger({ url: own.url })
      // Used again and again: the ledger works something out for each.
      const clients: Client[] = []
      const connect = async () => {
        const client = clients.pop() ?? openClient()
        client.session = openSession(process)
        return client
      }
      const openClient = (): Client => {
        const client: Client = {
          session: undefined,
          query: (asked, values) => say(client.session!, asked, values),
          release() {
            // What a mutation has yet to commit is Postgres's to roll back, when its client is gone.
            if (!client.session!.isInTransaction) sessions.delete(client.session!)
            clients.push(client)
          },
        }
        return client
      }
      const query = async (asked: Asked, values?: unknown[]) => {
        const session = openSession(process)
        try {
          return await say(session, asked, values)
        } finally {
          sessions.delete(session)
        }
      }
      Object.assign(ledger.pool, { connect, query })
      return ledger
    },
    /** What Postgres ends by itself: transactions that stand idle, statements that wait too long. */
    async endLate(): Promise<void> {
      const ms = schedule.nowMs()
      const idle = [...sessions].filter(
        ({ isInTransaction, isAsking, lastMs, idleLimitMs }) => isInTransaction && !isAsking && ms - lastMs > idleLimitMs,
      )
      for (const session of idle) {
        schedule.note(`Postgres ends an idle transaction of ${session.process.name}`)
        await end(session, idleError())
      }
      for (const one of blocked.filter(({ sinceMs }) => ms - sinceMs > statementLimitMs)) {
        schedule.note(`Postgres ends a statement of ${one.session.process.name} that waits`)
        await own.pool.query('select pg_cancel_backend($1)', [one.session.connection?.client.processID])
        await one.outcome
        blocked = blocked.filter((other) => other !== one)
        await one.deliver()
      }
    },
    async endAll(process?: Process): Promise<void> {
      for (const session of [...sessions]) if (!process || session.process === process) await end(session, cutError())
    },
    countStatements: () => statements,
    isAnyBlocked: () => blocked.length > 0,
  }
}

/** As `pg` has it, as far as the ledger uses it. */
interface Client {
  session: Session | undefined
  query(asked: Asked, values?: unknown[]): Promise<Answer>
  release(): void
}

interface Given {
  resolve(answer: Answer): void
  reject(error: Error): void
}

function isWithin(ms: number, outcome: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setRealTimeout(() => resolve(false), ms)
    void outcome.then(() => {
      clearRealTimeout(timer)
      resolve(true)
    })
  })
}

function textOf(asked: Asked): string {
  return typeof asked === 'string' ? asked : asked.text
}

function rewrite(asked: Asked, { rewrite: change }: Mutation): Asked {
  if (!change) return asked
  if (typeof asked === 'string') return change(asked)
  const text = change(asked.text)
  if (text === asked.text) return asked
  const { name: _name, ...rest } = asked
  return { ...rest, text }
}

function nameStatement(text: string): string {
  const words = text.replaceAll('"', '').replaceAll(/\s+/g, ' ')
  const table = /(?:update|into|from) (\w+)/.exec(words)?.[1]
  if (text.startsWith('with ')) return /with (\w+)/.exec(words)?.[1] ?? 'with'
  return [words.split(' ', 1)[0], table].filter(Boolean).join(' ')
}

function cutError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}

function idleError(): Error {
  return Object.assign(new Error('terminating connection due to idle-in-transaction timeout'), { code: '25P03' })
}

export type Connections = ReturnType<typeof openConnections>
