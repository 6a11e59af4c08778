import { z } from 'zod'
import { certificateName } from '../values/names.ts'
import { at, defineOperation } from './operation.ts'
import { pageOf } from './query.ts'

export const certificateView = z.object({
  name: z.string(),
  /** The DNS names that it is for, `*.example.com` among them. */
  dnsNames: z.array(z.string()),
  startsAt: at,
  expiresAt: at,
  /** SHA-256, as `openssl x509 -fingerprint -sha256` writes it. */
  fingerprint: z.string(),
  putBy: z.string(),
  putAt: at,
  /** Why a proxy does not serve it, in its own words; null while none has refused it. */
  refusal: z.string().nullable(),
})
export type CertificateView = z.output<typeof certificateView>

const params = z.object({ name: certificateName })

/** PEM. Longer ones are refused before they are read. */
const certificateRequest = z.strictObject({
  certificate: z.string().min(1).max(65_536),
  key: z.string().min(1).max(16_384),
})

export const putCertificate = defineOperation({
  method: 'PUT',
  url: '/v1/certificates/:name',
  summary:
    'Store a certificate with its chain and key (PEM) for the proxies of Docker hosts. The key is never shown again.',
  access: { right: 'administer', reach: 'server' },
  params,
  body: certificateRequest,
  answers: { 200: certificateView },
})

export const getCertificate = defineOperation({
  method: 'GET',
  url: '/v1/certificates/:name',
  summary: 'What a stored certificate serves and when it expires.',
  access: { right: 'read', reach: 'server' },
  params,
  answers: { 200: certificateView },
})

export const removeCertificate = defineOperation({
  method: 'DELETE',
  url: '/v1/certificates/:name',
  summary: 'Forget a certificate and its key, and take it from the proxies.',
  access: { right: 'administer', reach: 'server' },
  params,
  answers: { 204: undefined },
})

export const listCertificates = defineOperation({
  method: 'GET',
  url: '/v1/certificates',
  summary: 'The stored certificates by name; keys are never shown.',
  access: { right: 'read', reach: 'server' },
  answers: { 200: pageOf(certificateView) },
})
