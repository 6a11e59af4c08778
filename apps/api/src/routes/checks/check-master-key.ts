import type { CheckView } from '@stevedore/contract'
import type { SealedApart } from '@stevedore/ledger'

const mostNamed = 5

export function judgeMasterKey({ secrets, certificates, tried }: SealedApart): CheckView {
  const shut = [...secrets, ...certificates.map((name) => `the certificate ${name}`)]
  if (shut.length === 0)
    return { name: 'master key', state: 'good', found: `opens what is stored (${tried} secrets tried)` }
  const named = shut.slice(0, mostNamed).join(', ')
  const more = shut.length > mostNamed ? ` and ${shut.length - mostNamed} more` : ''
  return {
    name: 'master key',
    state: 'bad',
    found: `the server’s does not open ${named}${more}`,
    remedy: 'start it with the key that sealed them, or store them again: docs/runbooks/master-key.md',
  }
}
