import type { Ledger } from '@stevedore/ledger'
import type { Faults } from './faults.ts'
import type { LedgerStock, LentLedger } from './ledger-stock.ts'
import type { Mutation } from './mutation.ts'
import type { Process, Schedule } from './schedule.ts'
import { type Answer, type Asked, cutError, readTraits, type Session, type Statement, textOf } from './session.ts'
import type { Outcome, Sessions } from './sessions.ts'
import { runOutside } from './virtual-time.ts'

interface ConnectionsOptions {
  stock: LedgerStock
  sessions: Sessions
  schedule: Schedule
  faults: Faults
  mutation: Mutation
  kill(process: Process): void
  /** Of what was committed. */
  tell(channel: string, payload: string): void
}

/** Who asked, as long as it lives. */
interface Given {
  resolve(answer: Answer): void
  reject(error: Error): void
}
const nobody: Given = { resolve() {}, reject() {} }

/** Ledgers whose every statement is a turn of its own, and may be where a fault befalls. */
export function openConnections(options: ConnectionsOptions) {
  const { stock, sessions, schedule, faults, mutation, kill, tell } = options
  const used: LentLedger[] = []
  let statements = 0

  function follow(session: Session, text: string, values: unknown[] | undefined): void {
    const { begins, fillsOutbox, notifies } = readTraits(text)
    if (begins) sessions.begin(session, text)
    if (fillsOutbox) session.notices.push(['stevedore_outbox', ''])
    if (notifies) session.notices.push([String(values?.[0]), String(values?.[1])])
    if (text === 'COMMIT' || text === 'ROLLBACK') session.isInTransaction = false
    if (text === 'ROLLBACK') {
      session.notices = []
      if (session.connection) session.connection.clockMs = undefined
    }
    if (!session.isInTransaction) for (const notice of session.notices.splice(0)) tell(...notice)
  }

  async function cut(session: Session, given: Given): Promise<void> {
    await sessions.end(session, cutError())
    given.reject(cutError())
  }

  async function perform(session: Session, statement: Statement, given: Given): Promise<void> {
    const { process } = session
    if (session.ended) return given.reject(session.ended)
    const text = textOf(statement.asked)
    const { name, writes } = readTraits(text)
    const keeps = text === 'COMMIT' || (!session.isInTransaction && writes)
    const fault = faults.choose(process, keeps)
    if (fault) schedule.note(`!! ${process.name}: ${fault} ${name}`)
    if (fault === 'kill before') return kill(process)
    if (fault === 'cut before') return cut(session, given)
    if (fault === 'stop') {
      process.stoppedUntilMs = schedule.nowMs() + faults.drawStopMs()
      return queue(session, statement, given)
    }
    session.isAsking = true
    statements += 1
    return sessions.run(session, statement, async ({ answer, error }: Outcome) => {
      session.isAsking = false
      session.lastMs = schedule.nowMs()
      if (answer) follow(session, text, statement.values)
      const isFree = !session.isInTransaction
      sessions.leave(session)
      if (fault === 'kill after') kill(process)
      else if (fault === 'cut after') await cut(session, given)
      else if (error) given.reject(error)
      else if (answer) given.resolve(answer)
      if (isFree) await sessions.freeBlocked()
      if (isFree && text === 'COMMIT') sessions.close(session)
    })
  }

  function queue(session: Session, statement: Statement, given: Given): void {
    const what = readTraits(textOf(statement.asked)).name
    const take = () => runOutside(() => perform(session, statement, given))
    schedule.addTurn({ process: session.process, what, take })
  }

  /** A statement that commits by itself is made one that is committed after its answer. */
  async function sayEarly(session: Session, asked: Asked, values?: unknown[]): Promise<Answer> {
    await say(session, 'BEGIN')
    const answer = await say(session, asked, values)
    await say(session, 'COMMIT')
    return answer
  }

  function say(session: Session, asked: Asked, values?: unknown[]): Promise<Answer> {
    const isKeptAtOnce = !session.isInTransaction && typeof asked !== 'string' && asked.name === 'record-jobs'
    const isEarly = mutation.answersEarly?.(session.process.name) ?? false
    if (isKeptAtOnce && isEarly) return sayEarly(session, asked, values)
    const statement = { asked: rewrite(asked, mutation), values }
    const text = textOf(statement.asked)
    if (session.isInTransaction && mutation.isOutside?.(text)) {
      session.outside.push(statement)
      return Promise.resolve({ rows: [], rowCount: 1 })
    }
    if (text === 'COMMIT' && isEarly) {
      queue(session, statement, nobody)
      return Promise.resolve({ rows: [], rowCount: null })
    }
    return new Promise((resolve, reject) => {
      const later = text === 'COMMIT' ? session.outside.splice(0) : []
      const thenOutside = (answer: Answer) => {
        for (const one of later) queue(session, one, nobody)
        resolve(answer)
      }
      queue(session, statement, { resolve: thenOutside, reject })
    })
  }

  return {
    openLedgerFor(process: Process): Ledger {
      const lent = stock.lend({ say, open: () => sessions.open(process), close: sessions.close })
      used.push(lent)
      return lent.ledger
    },
    /** Once none of its processes goes on: their ledgers are for the next seed's. */
    giveBack: () => stock.giveBack(used.splice(0)),
    countStatements: () => statements,
  }
}

function rewrite(asked: Asked, { rewrite: change }: Mutation): Asked {
  if (!change) return asked
  if (typeof asked === 'string') return change(asked)
  const text = change(asked.text)
  if (text === asked.text) return asked
  // Its plan is kept by its name.
  const { name: _name, ...rest } = asked
  return { ...rest, text }
}

export type Connections = ReturnType<typeof openConnections>
