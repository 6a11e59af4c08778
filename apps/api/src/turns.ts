import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { rateLimited, unavailable } from './refusals.ts'

/** Who may work with the ledger, and when: no more at once than it has connections for, and none before all others have had a turn. */
export interface Turns {
  /**
   * Does work when it is this client's turn. Throws at once where too many wait, `rate-limited` of the same client and `unavailable` of all,
   * and `unavailable` for what has waited too long; nothing was begun then.
   */
  take<T>(client: string, work: (turn: Turn) => Promise<T>): Promise<T>
}

export interface Turn {
  /**
   * Hands the turn on, for work that from here on shares a connection with others, or needs none. It stays where many have done so and not
   * ended, of all or of this client, and with work that goes on after its end was told.
   */
  leave(): void
}

export interface TurnLimits {
  atOnce: number
  /** Of all clients. */
  waiting: number
  waitingOfOne: number
  /** How long anything waits. */
  waitMs: number
  /** How many may have handed their turn on before they end, of all clients. */
  left: number
  leftOfOne: number
}

interface Waiter {
  begin(): void
  giveUp(): void
  timer: NodeJS.Timeout
}

export function openTurns(limits: TurnLimits): Turns {
  /** By client, in the order of their next turns. None is empty. */
  const waiters = new Map<string, Waiter[]>()
  let running = 0
  let waiting = 0
  const leavers = countLeavers(limits)

  async function take<T>(client: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    if (running >= limits.atOnce) await wait(client)
    else running += 1
    let hasLeft = false
    let hasEnded = false
    const leave = () => {
      // What was given up goes on, and has no turn any more that it could hand on.
      if (hasLeft || hasEnded || !leavers.hasRoom(client)) return
      hasLeft = true
      leavers.count(client, 1)
      passOn()
    }
    try {
      return await work({ leave })
    } finally {
      hasEnded = true
      if (hasLeft) leavers.count(client, -1)
      else passOn()
    }
  }

  /** Resolves once the place of another has become this one's. */
  function wait(client: string): Promise<void> {
    const own = waiters.get(client) ?? []
    if (own.length >= limits.waitingOfOne) throw rateLimited(1, 'Too many of your requests wait already.')
    if (waiting >= limits.waiting) throw unavailable('Too many requests wait already; nothing was kept.')
    waiting += 1
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(unavailable('It was not its turn in time; nothing was kept.'))
      const waiter = { begin: resolve, giveUp, timer: setTimeout(() => leave(client, waiter), limits.waitMs) }
      own.push(waiter)
      waiters.set(client, own)
    })
  }

  function leave(client: string, waiter: Waiter): void {
    const rest = (waiters.get(client) ?? []).filter((other) => other !== waiter)
    if (rest.length > 0) waiters.set(client, rest)
    else waiters.delete(client)
    waiting -= 1
    waiter.giveUp()
  }

  /** Whoever has had a turn is behind all others for the next. */
  function passOn(): void {
    const [client, own] = waiters.entries().next().value ?? []
    const next = own?.shift()
    if (client === undefined || !own || !next) {
      running -= 1
      return
    }
    waiters.delete(client)
    if (own.length > 0) waiters.set(client, own)
    waiting -= 1
    clearTimeout(next.timer)
    next.begin()
  }

  return { take }
}

/** Who has left a turn and not ended. One client alone does not keep the others in theirs. */
function countLeavers(limits: Pick<TurnLimits, 'left' | 'leftOfOne'>) {
  let all = 0
  /** None is 0. */
  const byClient = new Map<string, number>()
  return {
    hasRoom(client: string): boolean {
      return all < limits.left && (byClient.get(client) ?? 0) < limits.leftOfOne
    },
    count(client: string, more: 1 | -1): void {
      all += more
      const own = (byClient.get(client) ?? 0) + more
      if (own > 0) byClient.set(client, own)
      else byClient.delete(client)
    },
  }
}

/** So much of the ledger's connections is for what takes no turn: streams read three at a time, and probes one. */
const kept = 4

/** They hold what they asked for in memory until it is recorded. */
const mostLeft = 512

/** What a pool of so many connections is good for. @param waiting 20 for each connection when absent */
export function limitTurns(connections: number, waiting = 20 * connections): TurnLimits {
  const atOnce = Math.max(1, connections - kept)
  return {
    atOnce,
    waiting,
    waitingOfOne: Math.ceil(waiting / 2),
    waitMs: 3_000,
    left: mostLeft,
    leftOfOne: mostLeft / 4,
  }
}

const tokensKnown = 10_000

/** Tells clients apart before they have signed in: by a token or session that was good before, and else by their address. */
export function createClientNames() {
  const known = new Set<string>()
  return {
    nameOf({ ip }: Pick<FastifyRequest, 'ip'>, proof?: string): string {
      const own = proof === undefined ? undefined : nameToken(proof)
      return own !== undefined && known.has(own) ? own : `address ${ip}`
    },
    /** This token or session is good. */
    remember(proof: string): void {
      const own = nameToken(proof)
      known.delete(own)
      known.add(own)
      const [oldest] = known
      if (known.size > tokensKnown && oldest !== undefined) known.delete(oldest)
    },
  }
}

export type ClientNames = ReturnType<typeof createClientNames>

function nameToken(proof: string): string {
  return `token ${createHash('sha256').update(proof).digest('base64')}`
}

/** They tell how the server is when it is busy, too. */
const probes = ['/health', '/ready', '/metrics']

export function isProbe(request: Pick<FastifyRequest, 'routeOptions'>): boolean {
  return probes.includes(request.routeOptions.url ?? '')
}
