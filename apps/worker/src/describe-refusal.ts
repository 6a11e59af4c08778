import { cutText } from '@stevedore/contract'
import type { CertificateRefusal } from '@stevedore/engine'

const longestReason = 1_000

/** Why a certificate is not served, as it is kept and shown. */
export function describeRefusal({ host, reason }: CertificateRefusal): string {
  return `${host ? `on host ${host}: ` : ''}${cutText(reason.trim() || 'the proxy does not say why', longestReason)}`
}
