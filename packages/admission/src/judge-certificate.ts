import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type Fault, refuseFaults } from '@stevedore/contract'
import type { NewCertificate } from '@stevedore/ledger'
import { isCertificate, isPrivateKey, type PemBlock, readPem } from './read-pem.ts'

/** What a certificate holds that proxies can serve. */
export type JudgedCertificate = Omit<NewCertificate, 'name'>

/** Curves that all browsers take. */
const knownCurves = ['prime256v1', 'secp384r1']
const leastRsaBits = 2_048

/**
 * Whether a chain and a key can serve: what is wrong is told at once, all of it, and without a word of the key.
 * @param given PEM, at most as long as the API takes
 */
export function judgeCertificate(given: { certificate: string; key: string }, now: Date): JudgedCertificate {
  const faults: Fault[] = []
  const chain = readChain(given.certificate, faults)
  const key = readKey(given.key, faults)
  const [leaf] = chain ?? []
  if (chain) faults.push(...judgeOrder(chain), ...judgeTimes(chain, now))
  if (leaf) faults.push(...judgeNames(leaf.x509))
  if (key) faults.push(...judgeKind(key.object))
  if (chain && key) faults.push(...judgePair(chain, key.object))
  if (faults.length === 0 && chain && key) faults.push(...tryOut(chain, key.text))
  if (faults.length > 0 || !leaf || !chain || !key) throw refuseFaults(faults)
  const { fingerprint256: fingerprint, validFromDate: startsAt, validToDate: expiresAt } = leaf.x509
  const dnsNames = listDnsNames(leaf.x509)
  return { chain: joinBlocks(chain), key: key.text, fingerprint, dnsNames, startsAt, expiresAt }
}

const ofCertificate = (code: string, message: string): Fault => ({ path: ['certificate'], code, message })
const ofKey = (code: string, message: string): Fault => ({ path: ['key'], code, message })

interface ChainLink {
  text: string
  x509: X509Certificate
}

function readChain(text: string, faults: Fault[]): ChainLink[] | undefined {
  const blocks = readPem(text)
  const own = blocks.filter(isCertificate)
  try {
    if (own.length > 0) return own.map((block) => ({ text: block.text, x509: new X509Certificate(block.text) }))
    faults.push(ofCertificate('not-pem', describeOther(blocks, isPrivateKey, 'a private key: it belongs in `key`')))
  } catch {
    // What OpenSSL says of its bytes helps nobody.
    faults.push(ofCertificate('not-pem', 'is damaged: its PEM holds no certificate that can be read'))
  }
  return undefined
}

function describeOther(blocks: PemBlock[], isOther: (block: PemBlock) => boolean, other: string): string {
  if (blocks.some(isOther)) return `holds ${other}`
  return 'is not PEM: text with -----BEGIN … and -----END …; `openssl x509` and `openssl pkey` convert other forms'
}

interface ReadKey {
  text: string
  object: KeyObject
}

function readKey(text: string, faults: Fault[]): ReadKey | undefined {
  const blocks = readPem(text)
  const [block, ...more] = blocks.filter(isPrivateKey)
  if (!block)
    faults.push(ofKey('not-pem', describeOther(blocks, isCertificate, 'a certificate: it belongs in `certificate`')))
  else if (more.length > 0) faults.push(ofKey('several-keys', 'holds more than one private key'))
  else if (isEncrypted(block))
    faults.push(ofKey('encrypted-key', 'is encrypted: `openssl pkey -in FILE -out PLAIN` takes its passphrase off'))
  else return parseKey(block, faults)
  return undefined
}

function isEncrypted({ label, text }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: ?4,ENCRYPTED$/m.test(text)
}

function parseKey({ text }: PemBlock, faults: Fault[]): ReadKey | undefined {
  try {
    return { text, object: createPrivateKey(text) }
  } catch {
    faults.push(ofKey('unsupported-key', 'is not a private key that can be read: RSA and ECDSA in PEM are'))
    return undefined
  }
}

function judgeKind({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): Fault[] {
  const { modulusLength = 0, namedCurve = '' } = details
  if (type === 'rsa' && modulusLength < leastRsaBits)
    return [ofKey('weak-key', `has ${modulusLength} bits: RSA takes ${leastRsaBits} or more`)]
  if (type === 'ec' && !knownCurves.includes(namedCurve))
    return [ofKey('unsupported-key', `is on the curve ${namedCurve}, which browsers do not take: use prime256v1`)]
  if (type === 'rsa' || type === 'ec') return []
  return [ofKey('unsupported-key', `is of the kind ${type}, which browsers do not take: RSA and ECDSA are taken`)]
}

/** Each is issued by the next, as the certificate's own `fullchain.pem` has it. */
function judgeOrder(chain: ChainLink[]): Fault[] {
  return chain.slice(1).flatMap(({ x509: issuer }, index) => {
    const x509 = chain[index]!.x509
    if (x509.checkIssued(issuer) && x509.verify(issuer.publicKey)) return []
    const what = `its certificate ${index + 2} (${nameOf(issuer)}) did not issue the one before it (${nameOf(x509)})`
    return [ofCertificate('chain-order', `${what}: the server’s own comes first, then each issuer`)]
  })
}

function nameOf({ subject }: X509Certificate): string {
  return subject?.split('\n').join(', ').slice(0, 200) || 'without a name'
}

function judgeTimes(chain: ChainLink[], now: Date): Fault[] {
  return chain.flatMap(({ x509 }, index) => {
    const whose = index === 0 ? '' : `of the issuer ${nameOf(x509)} `
    const [from, to] = [x509.validFromDate, x509.validToDate]
    if (now > to) return [ofCertificate('expired', `${whose}expired on ${to.toISOString()}`)]
    return now < from ? [ofCertificate('not-yet-valid', `${whose}is not valid before ${from.toISOString()}`)] : []
  })
}

function judgeNames(leaf: X509Certificate): Fault[] {
  if (listDnsNames(leaf).length > 0) return []
  return [ofCertificate('no-dns-name', 'names no DNS name (subjectAltName), so that no client would take it')]
}

/** A value with a comma in it is quoted there, and is no DNS name. */
function listDnsNames({ subjectAltName = '' }: X509Certificate): string[] {
  const names = subjectAltName.split(', ').flatMap((entry) => /^DNS:([A-Za-z0-9._*-]{1,253})$/.exec(entry)?.[1] ?? [])
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

function judgePair(chain: ChainLink[], key: KeyObject): Fault[] {
  const index = chain.findIndex(({ x509 }) => x509.checkPrivateKey(key))
  if (index === 0) return []
  if (index < 0) return [ofKey('key-mismatch', 'is the key of another certificate')]
  return [ofKey('chain-order', `is that of certificate ${index + 1} of the chain, which has to come first`)]
}

/** What is left to say is up to OpenSSL, which is what proxies serve by: digests and sizes that it takes for too weak. */
function tryOut(chain: ChainLink[], key: string): Fault[] {
  try {
    createSecureContext({ cert: joinBlocks(chain), key })
    return []
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isWeak = /TOO_(SMALL|WEAK)/.test(code)
    return [ofCertificate(isWeak ? 'weak-key' : 'unsupported-key', `cannot serve: ${code || 'OpenSSL refuses it'}`)]
  }
}

function joinBlocks(chain: ChainLink[]): string {
  return chain.map(({ text }) => text).join('')
}
