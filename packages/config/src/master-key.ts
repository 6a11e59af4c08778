import { z } from 'zod'

const length = 32

/** The 32 bytes that encrypt stored secrets, in base64 or hexadecimal. */
export const masterKey = z
  .string()
  .transform((text, context) => {
    const key = decode(text)
    if (key?.length === length) return key
    context.addIssue({ code: 'custom', message: 'must be 32 bytes in base64 or hexadecimal: openssl rand -base64 32' })
    return z.NEVER
  })
  .refine((key) => !looksInvented(key), { error: 'is not random: make one with openssl rand -base64 32' })

function decode(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  return undefined
}

/**
 * Samples, repeats, sequences and words. 32 random bytes hold fewer than 16 different ones, are all printable or rise evenly
 * less often than once in 10^13.
 */
function looksInvented(key: Buffer): boolean {
  const steps = new Set([...key.subarray(1)].map((byte, index) => (byte - (key[index] ?? 0)) & 0xff))
  return new Set(key).size < 16 || key.every((byte) => byte >= 0x20 && byte < 0x7f) || steps.size <= 4
}
