import type { Certificate } from '@stevedore/engine'

/** A certificate as a file of HAProxy's folder of certificates. */
export interface CertificateFile {
  file: string
  text: string
  certificate: Certificate
}

const lastMs = 9_999_999_999_999
/** No certificate's name has a plus, so that a file says by its own name whose it is. */
const pattern = /^\+stevedore\+\d{13}\+([^+]+)\.pem$/

/**
 * HAProxy reads the folder by the alphabet and serves the first of several that fit: those that were put, by a sign that sorts before
 * letters and digits, go before files that people copied there, and those that were put later before earlier ones.
 */
function nameFile({ name, putAt }: Certificate): string {
  return `+stevedore+${String(lastMs - putAt.getTime()).padStart(13, '0')}+${name}.pem`
}

/** Certificates whose key is known, as files. */
export function toFiles(certificates: Certificate[]): CertificateFile[] {
  return certificates.flatMap((certificate) => {
    const { key, chain } = certificate
    return key === undefined ? [] : [{ file: nameFile(certificate), text: `${chain}${key}`, certificate }]
  })
}

/** Files of the folder that are to go: all that were brought but those that are wanted, and those of names that are to be left as they are. */
export function listGone(present: string[], wanted: CertificateFile[], untouched: string[]): string[] {
  const staying = new Set(wanted.map(({ file }) => file))
  return present.filter((file) => {
    const name = pattern.exec(file)?.[1]
    return name !== undefined && !staying.has(file) && !untouched.includes(name)
  })
}
