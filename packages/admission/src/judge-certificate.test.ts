import { createPrivateKey } from 'node:crypto'
import { ProblemError } from '@stevedore/contract'
import { keyKinds, lacks, makeCertificate, opensslComponent, type TestCertificate } from '@stevedore/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { judgeCertificate } from './judge-certificate.ts'

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs)

/** Path and code of each fault. */
function findFaults(given: TestCertificate, now = inDays(0)): string[] {
  try {
    judgeCertificate(given, now)
    return []
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const told = JSON.stringify([error.message, error.faults])
    for (const line of given.key.split('\n').filter((one) => one.length > 20 && !one.startsWith('-')))
      expect(told).not.toContain(line)
    return (error.faults ?? []).map(({ path, code }) => `${path.join('.')} ${code}`)
  }
}

describe.skipIf(lacks(opensslComponent))('a certificate', () => {
  let own: TestCertificate
  let issued: TestCertificate
  let [root, issuer]: [TestCertificate, TestCertificate] = [] as never
  beforeAll(async () => {
    own = await makeCertificate({ names: ['Shop.test', '*.shop.test'] })
    root = await makeCertificate()
    issuer = await makeCertificate({ issuer: root })
    issued = await makeCertificate({ names: ['chain.test'], issuer, key: keyKinds.rsa })
  })
  const chained = (...certificates: TestCertificate[]) => ({
    certificate: certificates.map(({ certificate }) => certificate).join(''),
    key: issued.key,
  })

  test('is taken with its chain in its order, with the root or without', () => {
    expect(judgeCertificate(own, inDays(0))).toMatchObject({
      dnsNames: ['shop.test', '*.shop.test'],
      chain: own.certificate,
      key: own.key,
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    })
    for (const chain of [chained(issued), chained(issued, issuer), chained(issued, issuer, root)])
      expect(judgeCertificate(chain, inDays(0)).chain).toBe(chain.certificate)
  })

  test('may come from Windows, with text between, with its key in the same file, and as an older sort of key', () => {
    const noisy = `Bag Attributes\n  friendlyName: shop\n${own.certificate}${own.key}`.replaceAll('\n', '\r\n')
    const judged = judgeCertificate({ certificate: noisy, key: noisy }, inDays(0))
    expect(judged).toMatchObject({ chain: own.certificate, key: own.key })
    const older = createPrivateKey(issued.key).export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(findFaults({ ...issued, key: older })).toEqual([])
  })

  test.each<[string, () => TestCertificate, string[]]>([
    ['no PEM', () => ({ certificate: 'a', key: 'b' }), ['certificate not-pem', 'key not-pem']],
    [
      'each in the place of the other',
      () => ({ certificate: own.key, key: own.certificate }),
      ['certificate not-pem', 'key not-pem'],
    ],
    ['cut off', () => ({ ...own, certificate: own.certificate.slice(0, -30) }), ['certificate not-pem']],
    ['damaged', () => ({ ...own, certificate: own.certificate.replace(/M/g, 'A') }), ['certificate not-pem']],
    ['a damaged key', () => ({ ...own, key: own.key.replace(/M/g, 'A') }), ['key unsupported-key']],
    ['the key of another', () => ({ ...own, key: issued.key }), ['key key-mismatch']],
    ['several keys', () => ({ ...own, key: own.key + issued.key }), ['key several-keys']],
    [
      'the issuer first',
      () => chained(issuer, issued),
      ['certificate chain-order', 'certificate no-dns-name', 'key chain-order'],
    ],
    ['a link left out', () => chained(issued, root), ['certificate chain-order']],
    ['a link twice', () => chained(issued, issued), ['certificate chain-order']],
    ['a foreign link', () => chained(issued, own), ['certificate chain-order']],
    ['an issuer alone', () => issuer, ['certificate no-dns-name']],
  ])('with %s is refused', (_what, given, faults) => {
    expect(findFaults(given())).toEqual(faults)
  })

  test('is refused before and after its time, as are those of its chain; all faults are told at once', () => {
    expect(findFaults(own, inDays(2))).toEqual(['certificate expired'])
    expect(findFaults(own, inDays(-1))).toEqual(['certificate not-yet-valid'])
    expect(findFaults(chained(issued, issuer), inDays(2))).toEqual(['certificate expired', 'certificate expired'])
    expect(findFaults({ ...own, key: issued.key }, inDays(2))).toEqual(['certificate expired', 'key key-mismatch'])
  })

  test.each<[string, readonly string[], string[]]>([
    ['a short RSA key', ['rsa:1024'], ['key weak-key']],
    ['a curve that browsers lack', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], ['key unsupported-key']],
    ['a curve that some browsers lack', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp521r1'], ['key unsupported-key']],
    ['an Ed25519 key', ['ed25519'], ['key unsupported-key']],
    ['an Ed448 key', ['ed448'], ['key unsupported-key']],
  ])('with %s', async (_what, key, faults) => {
    expect(findFaults(await makeCertificate({ names: ['a.test'], key }))).toEqual(faults)
  })

  test('with a key under a passphrase is refused, whichever form it has', () => {
    const seal = (type: 'pkcs1' | 'pkcs8') =>
      createPrivateKey(issued.key).export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
    for (const key of [seal('pkcs1'), seal('pkcs8')])
      expect(findFaults({ ...issued, key })).toEqual(['key encrypted-key'])
  })
})
