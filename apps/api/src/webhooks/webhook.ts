import type { IncomingHttpHeaders } from 'node:http'
import type { DeliveredEvent, WebhookProvider } from '@stevedore/contract'

/** A message of a forge, as it was received. */
export interface Webhook {
  provider: Provider
  /** The name that its address gives; there need not be such an app. */
  app: string
  headers: IncomingHttpHeaders
  /** Byte for byte. */
  body: Buffer
  /** Milliseconds of the epoch. */
  receivedAt: number
  correlationId: string
  /** Of the request that brought it. */
  traceparent?: string | undefined
  /** Taken up once more after the ledger was away: what the first try left is no sign that someone acts on it. */
  reconciled: boolean
}

/** What a webhook says, in one form for all forges. */
export interface WebhookContent {
  /** Addresses of the repository that it speaks of: compared, never fetched. */
  repository: string[]
  events: DeliveredEvent[]
  /** Why it starts nothing, where that is so already. */
  ignored?: string
}

export type SignedParts = Pick<Webhook, 'headers' | 'body' | 'receivedAt'>

/** How webhooks of one forge are checked and read. */
export interface Provider {
  name: WebhookProvider
  /** Headers that this provider alone signs or names events by. */
  marks: readonly string[]
  /** Headers that it sends as well, to please receivers made for another. */
  alsoSends?: readonly string[]
  /** Its signature covers what is said and not which delivery says it: the same, sent again under another id, is a repeat too. */
  signsBodyAlone: boolean
  isSigned(webhook: SignedParts, secret: string): boolean
  /** The sender's own id of a delivery, which a repeat carries again. */
  readId(headers: IncomingHttpHeaders): string | undefined
  read(headers: IncomingHttpHeaders, payload: unknown): WebhookContent
}

export function ignore(reason: string): WebhookContent {
  return { repository: [], events: [], ignored: reason }
}

/** One header, sent once. */
export function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
