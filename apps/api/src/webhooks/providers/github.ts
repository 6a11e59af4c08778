import { isHexSigned } from '../signature.ts'
import { type Provider, readHeader } from '../webhook.ts'
import { readGithubForm } from './github-form.ts'

/** https://docs.github.com/webhooks/webhook-events-and-payloads */
export const github: Provider = {
  name: 'github',
  marks: ['x-github-event', 'x-hub-signature-256'],
  alsoSends: ['x-hub-signature'],
  signsBodyAlone: true,
  isSigned: ({ headers, body }, secret) =>
    isHexSigned(readHeader(headers, 'x-hub-signature-256'), 'sha256=', body, secret),
  readId: (headers) => readHeader(headers, 'x-github-delivery'),
  read: (headers, payload) => readGithubForm(readHeader(headers, 'x-github-event'), payload, { countsCommits: false }),
}
