import type { IncomingHttpHeaders } from 'node:http'

/** What a forge tells of a repository, in one form for all forges. */
export type RepositoryEvent =
  | { on: 'push'; branch: string; commit: string }
  | { on: 'tag'; tag: string }
  /** `ref` is what can be fetched from the repository itself; null where the forge has none for a fork. */
  | { on: 'pull_request'; number: number; ref: string | null; fork: boolean }

export interface Delivery {
  /** Addresses of the repository that it speaks of: compared, never fetched. */
  repository: string[]
  events: RepositoryEvent[]
  /** Why it starts nothing, where that is so already. */
  ignored?: string
}

export interface SignedMessage {
  headers: IncomingHttpHeaders
  /** As received, byte for byte. */
  body: Buffer
  /** Milliseconds of the epoch. */
  receivedAt: number
}

export interface Provider {
  name: 'github' | 'gitlab' | 'gitea' | 'bitbucket' | 'generic'
  /** Headers that this provider alone signs or names events by. */
  marks: readonly string[]
  /** Headers that it sends as well, to please receivers made for another. */
  alsoSends?: readonly string[]
  isSigned(message: SignedMessage, secret: string): boolean
  /** The sender's own id of a delivery, which a repeat carries again. */
  readId(headers: IncomingHttpHeaders): string | undefined
  read(headers: IncomingHttpHeaders, payload: unknown): Delivery
}

export function ignore(reason: string): Delivery {
  return { repository: [], events: [], ignored: reason }
}

/** One header, sent once. */
export function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
