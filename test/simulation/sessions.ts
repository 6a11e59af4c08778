import type { Ledger } from '@stevedore/ledger'
import type { Process, Schedule } from './schedule.ts'
import {
  type Answer,
  type Connection,
  cutError,
  idleError,
  readTraits,
  type Session,
  type Statement,
  textOf,
} from './session.ts'
import { awaitQuiet, clearRealTimeout, setRealTimeout } from './virtual-time.ts'

/** What became of a statement. */
export interface Outcome {
  answer?: Answer
  error?: Error
}

/** A statement that waits for a lock of somebody else's. */
interface Blocked {
  session: Session
  sinceMs: number
  outcome: Promise<Outcome>
  deliver(outcome: Outcome): Promise<void>
}

/** As the service's own connections have it, for a statement and for a transaction that stands idle. */
const limitMs = 3_000
/** Before it is asked whether a statement waits for a lock. That one is only slow changes nothing. */
const slowMs = 10

/** Connections that are kept from one seed to the next: to make one takes as long as twenty statements. */
export function openConnectionStock(own: Ledger) {
  const free: Connection[] = []
  return {
    async take(): Promise<Connection> {
      const kept = free.pop()
      if (kept) return kept
      const client = (await own.pool.connect()) as Connection['client']
      // What sets the clock, what begins a transaction, and its first statement are then one trip.
      client.pipeline = true
      return { client, clockMs: undefined }
    },
    giveBack: (connection: Connection) => void free.push(connection),
    close() {
      for (const { client } of free) client.release()
    },
  }
}

interface SessionsOptions {
  /** The lane's own, which no fault befalls. */
  own: Ledger
  stock: ReturnType<typeof openConnectionStock>
  schedule: Schedule
}

/** Postgres's side of all connections: their clocks, who waits for whose lock, and what it ends by itself. */
export function openSessions({ own, stock, schedule }: SessionsOptions) {
  const sessions = new Set<Session>()
  let blocked: Blocked[] = []

  /** What sets the clock of a connection; empty where it stands as it should. @param startMs when the transaction began */
  function setClock(connection: Connection, startMs: number | undefined): string {
    const ms = schedule.nowMs()
    if (connection.clockMs === ms && (startMs ?? ms) === ms) return ''
    // One that was set in the middle of a transaction tells nothing of `now()`.
    connection.clockMs = startMs === ms ? ms : undefined
    return `set sim.clock = '${ms}'; ${startMs === undefined ? '' : `set sim.now = '${startMs}'; `}`
  }

  async function ask(session: Session, { asked, values }: Statement): Promise<Answer> {
    const { begins, tellsTime } = readTraits(textOf(asked))
    if (begins) {
      session.begin = { text: textOf(asked), ms: schedule.nowMs() }
      return { rows: [], rowCount: null }
    }
    session.connection ??= await stock.take()
    const { client } = session.connection
    const { begin } = session
    session.begin = undefined
    const startMs = begin?.ms ?? (session.isInTransaction ? undefined : schedule.nowMs())
    const before = (begin || tellsTime ? setClock(session.connection, startMs) : '') + (begin?.text ?? '')
    const { stream } = client.connection
    stream.cork()
    // Where it fails, so does what comes after it, and says so.
    if (before) client.query(before).catch(() => {})
    const answer = client.query(asked as string, values) as unknown as Promise<Answer>
    stream.uncork()
    return answer
  }

  async function isWaiting({ connection }: Session): Promise<boolean> {
    const { rows } = await own.pool.query<{ waits: boolean }>('select cardinality(pg_blocking_pids($1)) > 0 as waits', [
      connection?.client.processID,
    ])
    return rows[0]?.waits ?? false
  }

  /** @returns undefined where it has come to a lock rather than to its end */
  async function awaitEnd(session: Session, outcome: Promise<Outcome>): Promise<Outcome | undefined> {
    const others = [...sessions].some((other) => other !== session && other.isInTransaction)
    if (!others && blocked.length === 0) return outcome
    for (;;) {
      const ended = await within(slowMs, outcome)
      if (ended) return ended
      if (await isWaiting(session)) return within(0, outcome)
    }
  }

  async function stopWaiting(one: Blocked): Promise<Outcome> {
    blocked = blocked.filter((other) => other !== one)
    await own.pool.query('select pg_cancel_backend($1)', [one.session.connection?.client.processID])
    return one.outcome
  }

  async function rollBack(session: Session): Promise<void> {
    const { connection } = session
    Object.assign(session, { connection: undefined, begin: undefined, isInTransaction: false, notices: [] })
    if (!connection) return
    await connection.client.query('ROLLBACK')
    connection.clockMs = undefined
    stock.giveBack(connection)
  }

  /** Whoever waited for what has just been let go goes on, in the order in which they began to wait, and only when who let it go has. */
  async function freeBlocked(): Promise<void> {
    for (const one of [...blocked]) {
      await awaitQuiet()
      const outcome = await awaitEnd(one.session, one.outcome)
      // Whoever went on meanwhile may have let this one go as well.
      if (!outcome || !blocked.includes(one)) continue
      blocked = blocked.filter((other) => other !== one)
      await one.deliver(outcome)
    }
  }

  /** As when the client is gone. */
  async function end(session: Session, error: Error): Promise<void> {
    if (session.ended) return
    session.ended = error
    const waiting = blocked.find((one) => one.session === session)
    if (waiting) await stopWaiting(waiting)
    await rollBack(session)
    sessions.delete(session)
    await freeBlocked()
  }

  return {
    end,
    freeBlocked,
    open(process: Process): Session {
      const session: Session = {
        ...{
          process,
          connection: undefined,
          begin: undefined,
          isInTransaction: false,
          isAsking: false,
          ended: undefined,
        },
        ...{ lastMs: schedule.nowMs(), idleLimitMs: limitMs, notices: [], outside: [] },
      }
      sessions.add(session)
      return session
    },
    close: (session: Session) => void sessions.delete(session),
    begin(session: Session, text: string): void {
      session.isInTransaction = true
      session.idleLimitMs = Number(/idle_in_transaction_session_timeout = (\d+)/.exec(text)?.[1] ?? limitMs)
    },
    /** Gives the connection back where no transaction needs it. */
    leave(session: Session): void {
      if (session.isInTransaction || !session.connection) return
      stock.giveBack(session.connection)
      session.connection = undefined
    },
    /** Has it done; where it has to wait for somebody's lock, others have their turns meanwhile. */
    async run(session: Session, statement: Statement, deliver: (outcome: Outcome) => Promise<void>): Promise<void> {
      const outcome = ask(session, statement).then(
        (answer) => ({ answer }),
        (error: Error) => ({ error }),
      )
      const ended = await awaitEnd(session, outcome)
      if (ended) return deliver(ended)
      schedule.note(`${session.process.name} waits for a lock`)
      blocked.push({ session, sinceMs: schedule.nowMs(), outcome, deliver })
    },
    /** What Postgres ends by itself: transactions that stand idle, statements that wait too long. */
    async endLate(): Promise<void> {
      const ms = schedule.nowMs()
      const isIdle = ({ isInTransaction, isAsking, lastMs, idleLimitMs }: Session) =>
        isInTransaction && !isAsking && ms - lastMs > idleLimitMs
      for (const session of [...sessions].filter(isIdle)) {
        schedule.note(`Postgres ends an idle transaction of ${session.process.name}`)
        await end(session, idleError())
      }
      for (const one of blocked.filter(({ sinceMs }) => ms - sinceMs > limitMs)) {
        schedule.note(`Postgres ends a statement of ${one.session.process.name} that waits`)
        await one.deliver(await stopWaiting(one))
      }
    },
    async endAll(process?: Process): Promise<void> {
      for (const session of [...sessions]) if (!process || session.process === process) await end(session, cutError())
    },
    isAnyBlocked: () => blocked.length > 0,
  }
}

/** @returns undefined where it takes longer */
function within(ms: number, outcome: Promise<Outcome>): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const timer = setRealTimeout(() => resolve(undefined), ms)
    void outcome.then((ended) => {
      clearRealTimeout(timer)
      resolve(ended)
    })
  })
}

export type Sessions = ReturnType<typeof openSessions>
