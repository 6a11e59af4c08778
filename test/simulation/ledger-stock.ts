import { type Ledger, openLedger } from '@stevedore/ledger'
import type { Answer, Asked, Session } from './session.ts'

/** Who uses a ledger now. */
interface User {
  open(): Session
  close(session: Session): void
  say(session: Session, asked: Asked, values?: unknown[]): Promise<Answer>
}

/** As `pg` has it, as far as the ledger uses it. */
interface Client {
  session: Session
  query(asked: Asked, values?: unknown[]): Promise<Answer>
  release(): void
}

/** What of a ledger is used by one process after the other: its builder of statements, and clients, each of which works out the names of all columns. */
interface Kept {
  ledger: Ledger
  user: User
  clients: Client[]
}

export interface LentLedger {
  ledger: Ledger
  kept: Kept
}

/** Ledgers for processes, one after the other. What the product knows of a ledger it knows by its pool: each process has one of its own. */
export function openLedgerStock(url: string) {
  const free: Kept[] = []
  return {
    lend(user: User): LentLedger {
      const kept = Object.assign(free.pop() ?? openKept(url, user), { user })
      const { query } = kept.ledger.pool
      const pool = Object.assign(Object.create(kept.ledger.pool), { query, connect: async () => connect(kept) })
      return { ledger: { ...kept.ledger, pool }, kept }
    },
    giveBack: (lent: readonly LentLedger[]) => void free.push(...lent.map(({ kept }) => kept)),
  }
}

export type LedgerStock = ReturnType<typeof openLedgerStock>

function openKept(url: string, user: User): Kept {
  const kept: Kept = { ledger: openLedger({ url }), user, clients: [] }
  const query = async (asked: Asked, values?: unknown[]): Promise<Answer> => {
    const { user } = kept
    const session = user.open()
    return user.say(session, asked, values).finally(() => user.close(session))
  }
  Object.assign(kept.ledger.pool, { query })
  return kept
}

function connect(kept: Kept): Client {
  const session = kept.user.open()
  const known = kept.clients.pop()
  return known ? Object.assign(known, { session }) : openClient(kept, session)
}

function openClient(kept: Kept, session: Session): Client {
  const client: Client = {
    session,
    query: (asked, values) => kept.user.say(client.session, asked, values),
    release() {
      // What a mutation has yet to commit is Postgres's to roll back, when its client is gone.
      if (!client.session.isInTransaction) kept.user.close(client.session)
      kept.clients.push(client)
    },
  }
  return client
}
