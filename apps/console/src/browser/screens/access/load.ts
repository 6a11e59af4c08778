import type { CertificateView, GrantView, ListedApp, SecretView, TokenView } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { may, type State } from '../../state.ts'

export interface Access {
  apps: ListedApp[]
  /** null where the token may not know. */
  tokens: TokenView[] | null
  secrets: SecretView[]
  grants: GrantView[]
  /** null where the token may not know. */
  certificates: CertificateView[] | null
}

/** What a token may not ask for is not asked for: the server judges all the same. */
export async function loadAccess(state: State, signal: AbortSignal): Promise<Access> {
  const isServer = state.me?.server ?? false
  const [apps, tokens, secrets, grants, certificates] = await Promise.all([
    ask('listApps', { signal }),
    isServer && may(state, 'administer') ? ask('listTokens', { signal }) : null,
    ask('listSecrets', { signal }),
    ask('listGrants', { signal }),
    isServer ? ask('listCertificates', { signal }) : null,
  ])
  return {
    apps: apps.items,
    tokens: tokens?.items ?? null,
    secrets: secrets.items,
    grants: grants.items,
    certificates: certificates?.items ?? null,
  }
}
