import type { CertificateView } from '@stevedore/contract'
import type { CertificateRecord } from '@stevedore/ledger'

export function viewCertificate(record: CertificateRecord): CertificateView {
  const { name, dnsNames, startsAt, expiresAt, fingerprint, putBy, putAt, refusal } = record
  return {
    ...{ name, dnsNames, fingerprint, putBy, refusal },
    startsAt: startsAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    putAt: putAt.toISOString(),
  }
}
