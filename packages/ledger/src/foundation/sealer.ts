import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Where a secret belongs; bound into its seal, so that a sealed value moved to another row does not open. */
export interface SecretIdentity {
  name: string
  app: string
  environment: string
}

export interface Sealer {
  seal(identity: SecretIdentity, value: string): Buffer
  /** Throws when the value was sealed under another master key, or for another identity. */
  open(identity: SecretIdentity, sealed: Buffer): string
  /** Tells two values apart without saying anything of either. */
  fingerprint(value: string): string
  /** Shows of a text that goes out and comes back that it is the same. */
  sign(text: string): string
}

const format = 1
const nonceBytes = 12
const tagBytes = 16
/** 96 bits. */
const signatureLength = 16

/**
 * AES-256-GCM. Layout of a sealed value: format (1 byte), nonce (12), tag (16), ciphertext. Keys are derived from the master key by HKDF, one
 * per purpose.
 */
export function openSealer(masterKey: Buffer): Sealer {
  if (masterKey.length < 16) throw new RangeError('the master key is shorter than 16 bytes')
  const sealingKey = deriveKey(masterKey, 'seal')
  const signingKey = deriveKey(masterKey, 'sign')
  const fingerprintKey = deriveKey(masterKey, 'fingerprint')
  return {
    seal: (identity, value) => seal(sealingKey, identity, value),
    open: (identity, sealed) => open(sealingKey, identity, sealed),
    sign: (text) => createHmac('sha256', signingKey).update(text).digest('base64url').slice(0, signatureLength),
    fingerprint: (value) => createHmac('sha256', fingerprintKey).update(value).digest('hex').slice(0, 12),
  }
}

function deriveKey(masterKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `stevedore/secrets/${purpose}`, 32))
}

function seal(key: Buffer, identity: SecretIdentity, value: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bind(identity))
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), ciphertext])
}

function open(key: Buffer, identity: SecretIdentity, sealed: Buffer): string {
  if (sealed[0] !== format) throw new Error(`the secret ${identity.name} is sealed in an unknown format`)
  const nonce = sealed.subarray(1, 1 + nonceBytes)
  const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
  const ciphertext = sealed.subarray(1 + nonceBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(bind(identity)).setAuthTag(tag)
  try {
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw new Error(`the secret ${identity.name} does not open with this master key`, { cause })
  }
}

function bind(identity: SecretIdentity): Buffer {
  return Buffer.from(JSON.stringify([identity.name, identity.app, identity.environment]))
}
