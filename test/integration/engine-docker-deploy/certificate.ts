import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Component, findProgram } from '@stevedore/testkit'
import { execa } from 'execa'

const openssl = findProgram('openssl')

export const opensslComponent: Component = {
  name: 'openssl',
  found: openssl !== undefined,
  bring: 'apt-get install openssl',
}

/** A certificate that signs itself, and its key after it, as HAProxy reads them. */
export async function makeCertificate(host: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-certificate-'))
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    await execa(openssl!, [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ])
    return `${await readFile(cert, 'utf8')}${await readFile(key, 'utf8')}`
  } finally {
    await rm(dir, { recursive: true })
  }
}
