import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { readHeader, type SignedParts } from './webhook.ts'

export function sign(secret: string | Buffer, ...parts: (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Takes the same time wherever the two differ. */
export function areEqual(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}

/** `sha256=<hex>` (or the bare hex) of the raw body. A SHA-1 signature is none. */
export function isHexSigned(signature: string | undefined, prefix: string, body: Buffer, secret: string): boolean {
  if (!signature?.startsWith(prefix)) return false
  const hex = signature.slice(prefix.length)
  return /^[0-9a-f]{64}$/i.test(hex) && areEqual(Buffer.from(hex, 'hex'), sign(secret, body))
}

const keyPrefix = 'whsec_'
const leastKeyBytes = 16

/**
 * The key that a secret stands for: with the prefix of Standard Webhooks what its base64 says, else the text itself. Undefined where that
 * is no key: what is not base64 would be read as less than it seems, down to nothing, which anybody can sign with.
 */
export function readStandardKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(keyPrefix)) return Buffer.from(secret)
  const written = secret.slice(keyPrefix.length).replace(/={1,2}$/, '')
  const key = Buffer.from(written, 'base64')
  const isExact = key.toString('base64').replace(/={1,2}$/, '') === written
  return isExact && key.length >= leastKeyBytes ? key : undefined
}

const toleranceMs = 5 * 60_000

/** The Standard Webhooks scheme: id, time and body are signed together, and old messages are refused. */
export function isStandardSigned({ headers, body, receivedAt }: SignedParts, secret: string): boolean {
  const id = readHeader(headers, 'webhook-id')
  const timestamp = readHeader(headers, 'webhook-timestamp')
  const signatures = readHeader(headers, 'webhook-signature')
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(receivedAt - Number(timestamp) * 1_000) > toleranceMs) return false
  const key = readStandardKey(secret)
  if (key === undefined) return false
  const expected = `v1,${sign(key, `${id}.${timestamp}.`, body).toString('base64')}`
  return signatures.split(' ').some((signature) => areEqual(signature, expected))
}
