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

const toleranceMs = 5 * 60_000

/** The Standard Webhooks scheme: id, time and body are signed together, and old messages are refused. */
export function isStandardSigned({ headers, body, receivedAt }: SignedParts, secret: string): boolean {
  const id = readHeader(headers, 'webhook-id')
  const timestamp = readHeader(headers, 'webhook-timestamp')
  const signatures = readHeader(headers, 'webhook-signature')
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(receivedAt - Number(timestamp) * 1_000) > toleranceMs) return false
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret
  const expected = `v1,${sign(key, `${id}.${timestamp}.`, body).toString('base64')}`
  return signatures.split(' ').some((signature) => areEqual(signature, expected))
}
