import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'

/** Where the chain stood: the number and the hash of its last entry. */
export interface Head {
  seq: number
  hash: string
}

/** A head that was signed with a key which the database does not have, so that whoever rules the database cannot make one. */
export interface Checkpoint extends Head {
  /** When it was signed, in ISO 8601, by the clock of the signer. */
  at: string
  /** In base64. */
  signature: string
}

export interface CheckpointKey {
  /** Its 32 bytes in base64, to be shown. */
  publicKey: string
  sign(head: Head, at: Date): Checkpoint
  /** Whether this key signed it, as it stands. */
  recognizes(checkpoint: Checkpoint): boolean
}

/** What stands in DER before the 32 bytes of an Ed25519 private key. */
const privateKeyHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/** @param seed 32 random bytes */
export function openCheckpointKey(seed: Buffer): CheckpointKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyHead, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: (head, at) => signHead(privateKey, head, at.toISOString()),
    recognizes: (checkpoint) =>
      verify(null, toSignedText(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64')),
  }
}

function signHead(privateKey: KeyObject, { seq, hash }: Head, at: string): Checkpoint {
  return { seq, hash, at, signature: sign(null, toSignedText({ seq, hash, at }), privateKey).toString('base64') }
}

/** Begins with what it is, so that a signature is good for nothing else. */
function toSignedText({ seq, hash, at }: Head & { at: string }): Buffer {
  return Buffer.from(`stevedore audit checkpoint 1\n${seq}\n${hash}\n${at}\n`)
}

const checkpoint = z.strictObject({
  seq: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  signature: z.base64().length(88),
})

/** As one line of JSON, without the line's end. */
export function writeCheckpoint({ seq, hash, at, signature }: Checkpoint): string {
  return JSON.stringify({ seq, hash, at, signature })
}

/** undefined where the line is no checkpoint. */
export function parseCheckpoint(line: string): Checkpoint | undefined {
  try {
    return checkpoint.safeParse(JSON.parse(line)).data
  } catch {
    // It is not even JSON.
    return undefined
  }
}
