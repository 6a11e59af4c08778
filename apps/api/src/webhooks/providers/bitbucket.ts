import { isHexSigned } from '../signature.ts'
import { type Provider, readHeader } from '../webhook.ts'
import { readCloud } from './bitbucket-cloud.ts'
import { readServer } from './bitbucket-server.ts'

/** Bitbucket Cloud and Data Center, told apart by their names of events. */
export const bitbucket: Provider = {
  name: 'bitbucket',
  marks: ['x-event-key', 'x-hub-signature'],
  signsBodyAlone: true,
  isSigned: ({ headers, body }, secret) => isHexSigned(readHeader(headers, 'x-hub-signature'), 'sha256=', body, secret),
  readId: (headers) => readHeader(headers, 'x-request-uuid') ?? readHeader(headers, 'x-request-id'),
  read(headers, payload) {
    const event = readHeader(headers, 'x-event-key') ?? ''
    return event === 'repo:refs_changed' || event.startsWith('pr:')
      ? readServer(event, payload)
      : readCloud(event, payload)
  },
}
