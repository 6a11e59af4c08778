import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Component, findProgram } from './component.ts'

const openssl = findProgram('openssl')

export const opensslComponent: Component = {
  name: 'openssl',
  found: openssl !== undefined,
  bring: 'apt-get install openssl',
}

/** PEM texts. */
export interface TestCertificate {
  certificate: string
  key: string
}

interface CertificateOptions {
  names?: string[]
  /** Default: ECDSA. */
  key?: readonly string[]
  /** Default: itself. */
  issuer?: TestCertificate
  days?: number
}

/** Kinds of keys, as openssl is asked for them. */
export const keyKinds = { rsa: ['rsa:2048'], ecdsa: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] }

/** A certificate for these names. One without names can issue others. */
export async function makeCertificate({
  names = [],
  key = keyKinds.ecdsa,
  issuer,
  days = 1,
}: CertificateOptions = {}): Promise<TestCertificate> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-certificate-'))
  const [keyPath, path, issuerKey, issuerPath] = ['key', 'cert', 'ca-key', 'ca'].map((name) =>
    join(dir, `${name}.pem`),
  ) as [string, string, string, string]
  try {
    if (issuer) await writeFile(issuerPath, issuer.certificate)
    if (issuer) await writeFile(issuerKey, issuer.key)
    const subject = ['-subj', `/CN=${names[0] ?? `authority ${dir.slice(-6)}`}`]
    const extensions =
      names.length > 0 ? ['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`] : []
    const issuing = issuer ? ['-CA', issuerPath, '-CAkey', issuerKey] : []
    await execa(openssl!, [
      ...['req', '-x509', '-nodes', '-days', String(days), '-newkey', ...key],
      ...['-keyout', keyPath, '-out', path, ...subject, ...extensions, ...issuing],
    ])
    return { certificate: await readFile(path, 'utf8'), key: await readFile(keyPath, 'utf8') }
  } finally {
    await rm(dir, { recursive: true })
  }
}
