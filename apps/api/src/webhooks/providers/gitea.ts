import { isHexSigned } from '../signature.ts'
import { type Provider, readHeader } from '../webhook.ts'
import { readGithubForm } from './github-form.ts'

/** Gitea and Forgejo. https://docs.gitea.com/usage/webhooks */
export const gitea: Provider = {
  name: 'gitea',
  marks: ['x-gitea-event', 'x-gitea-signature'],
  alsoSends: ['x-github-event', 'x-hub-signature-256', 'x-hub-signature'],
  signsBodyAlone: true,
  isSigned: ({ headers, body }, secret) => isHexSigned(readHeader(headers, 'x-gitea-signature'), '', body, secret),
  readId: (headers) => readHeader(headers, 'x-gitea-delivery'),
  read: (headers, payload) => readGithubForm(readHeader(headers, 'x-gitea-event'), payload, { countsCommits: true }),
}
